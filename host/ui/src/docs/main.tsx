// The API reference, from the host's own OpenAPI document.
import { createRoot } from "react-dom/client";
import "../theme/docs.css";
import { Reference } from "./Reference";

const root = document.getElementById("page");
if (root) createRoot(root).render(<Reference />);
