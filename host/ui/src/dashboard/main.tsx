// The operator's dashboard.
import { createRoot } from "react-dom/client";
import "../theme/dashboard.css";
import "../theme/trouble.css";
import { Dashboard } from "./Dashboard";

const root = document.getElementById("page");
if (root) createRoot(root).render(<Dashboard />);
