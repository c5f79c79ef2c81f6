// The onboarding page: reads the token from the link's fragment and starts.
import { createRoot } from "react-dom/client";
import { SessionApi } from "../api/session";
import "../theme/connect.css";
import { ConnectPage } from "./ConnectPage";

const token = decodeURIComponent(location.hash.slice(1));
const root = document.getElementById("page");
if (root) createRoot(root).render(<ConnectPage api={new SessionApi(token)} />);

// Another link opened in this tab differs only in the fragment, which loads nothing by itself.
addEventListener("hashchange", () => location.reload());
