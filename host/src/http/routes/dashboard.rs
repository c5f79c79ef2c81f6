//! Signing in to the dashboard.

use super::methods::{GET, POST};
use crate::{
    http::{
        access::Access,
        api::dashboard,
        openapi::{Api, about},
        paths::LOGIN,
    },
    model::Code,
};

pub(super) fn routes(api: Api) -> Api {
    use Access::{Open, Operator};
    api.tag("dashboard", "Sign-in of operators to the dashboard.")
        .route(
            POST,
            LOGIN,
            dashboard::login,
            Open,
            about("login", "Sign in", "Signs in with an operator's key and sets a cookie."),
            |o| {
                o.takes::<dashboard::Login>()
                    .gives_nothing(204, "The operator is signed in.")
                    .fails(&[Code::KeyRefused, Code::OriginMismatch])
            },
        )
        .route(
            GET,
            LOGIN,
            dashboard::who,
            Operator,
            about("getLogin", "Get who is signed in", "Returns the key that was used to sign in."),
            |o| o.gives::<dashboard::Who>(200, "Who is signed in."),
        )
        .route(
            POST,
            "/dashboard/v1/logout",
            dashboard::logout,
            Open,
            about("logout", "Sign out", "Ends the sign-in and removes the cookie."),
            |o| o.gives_nothing(204, "The operator is signed out.").fails(&[Code::OriginMismatch]),
        )
}
