// The operator's API, as the host speaks it.
import { json, problem } from "./connect_api.mjs";

export function dashboardApi() {
  return async (request, response, url) => {
    if (!/^\/(v1|dashboard\/v1)\//u.test(url.pathname)) return false;
    problem(response, 404, "not_found");
    void json;
    return true;
  };
}
