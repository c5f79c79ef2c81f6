//! What merchants paste, and what becomes of it.

use centra_plugin::address::{InvalidAddress, StoreAddress, clean_secret};
use proptest::prelude::*;

fn base(pasted: &str) -> Result<String, InvalidAddress> {
    StoreAddress::read(pasted).map(|address| address.base().to_owned())
}

#[test]
fn whatever_names_the_store_becomes_its_plain_address() {
    let good = "https://yourbrand.centra.com";
    for pasted in [
        "https://yourbrand.centra.com",
        "https://yourbrand.centra.com/",
        "https://yourbrand.centra.com/ams/login?next=%2F#top",
        "https://yourbrand.centra.com/graphql",
        "yourbrand.centra.com",
        "//yourbrand.centra.com",
        "yourbrand.centra.com/ams",
        "  yourbrand.centra.com  ",
        "HTTPS://YourBrand.Centra.COM",
        "\"https://yourbrand.centra.com\"",
        "“https://yourbrand.centra.com”",
        "<https://yourbrand.centra.com>",
        "\u{200B}https://yourbrand.centra.com\u{FEFF}",
        "https://yourbrand.centra.com\r\n",
        "https://yourbrand.centra.com:443/",
        "yourbrand.centra.com:443",
        "https://yourbrand.centra.com./",
    ] {
        assert_eq!(base(pasted).as_deref(), Ok(good), "{pasted:?}");
    }
}

#[test]
fn what_cannot_be_the_store_is_refused_with_the_reason() {
    use InvalidAddress::{Host, Missing, Port, Scheme, Unreadable, UserInfo};
    for (pasted, reason) in [
        ("", Missing),
        ("  \u{200B} ", Missing),
        ("ftp://yourbrand.centra.com", Scheme("ftp".to_owned())),
        ("javascript:alert(1)", Scheme("javascript".to_owned())),
        ("file:///etc/passwd", Scheme("file".to_owned())),
        ("https://admin:pw@yourbrand.centra.com", UserInfo),
        ("https://admin@yourbrand.centra.com", UserInfo),
        ("https://yourbrand.centra.com:8443", Port(8443)),
        ("yourbrand.centra.com:22", Port(22)),
        ("http://yourbrand.centra.com", Scheme("http".to_owned())),
        ("HTTP://yourbrand.centra.com:80/", Scheme("http".to_owned())),
        ("http://yourbrand.centra.com:8080", Scheme("http".to_owned())),
        ("https://yourbrand", Host),
        ("yourbrand", Host),
        ("https://93.184.216.34", Host),
        ("https://10.0.0.1", Host),
        ("https://[2001:db8::1]/", Host),
        ("https://your brand.centra.com", Unreadable),
        ("https://", Unreadable),
    ] {
        assert_eq!(base(pasted), Err(reason), "{pasted:?}");
    }
}

#[test]
fn another_scheme_is_reported_how_to_begin() {
    let refused = StoreAddress::read("http://yourbrand.centra.com").unwrap_err();
    assert_eq!(refused.to_string(), "The store URL must start with https://, not http:.");
    assert_eq!(refused.fix(), "Begin the address with https://, such as https://yourbrand.centra.com.");
}

#[test]
fn loopback_keeps_its_scheme_and_port_for_demonstrations() {
    assert_eq!(base("http://127.0.0.1:4010/graphql").as_deref(), Ok("http://127.0.0.1:4010"));
    assert_eq!(base("http://localhost:4010").as_deref(), Ok("http://localhost:4010"));
    assert_eq!(base("http://[::1]:4010").as_deref(), Ok("http://[::1]:4010"));
    assert_eq!(StoreAddress::read("http://127.0.0.1:4010").unwrap().host(), "127.0.0.1:4010");
}

#[test]
fn international_names_are_written_as_the_network_needs_them() {
    assert_eq!(base("https://MÖBEL.example").as_deref(), Ok("https://xn--mbel-5qa.example"));
}

#[test]
fn the_addresses_of_both_apis_follow() {
    let address = StoreAddress::read("yourbrand.centra.com/x").unwrap();
    assert_eq!(address.graphql(), "https://yourbrand.centra.com/graphql");
    assert_eq!(address.checkout("checkout-api", "markets"), "https://yourbrand.centra.com/api/checkout-api/markets");
}

#[test]
fn secrets_lose_what_is_never_part_of_them() {
    for pasted in [
        "0123abc+/-=",
        " 0123abc+/-=\n",
        "Bearer 0123abc+/-=",
        "bearer   0123abc+/-=",
        "Authorization: Bearer 0123abc+/-=",
        "\"0123abc+/-=\"",
        "'Bearer 0123abc+/-='",
        "\u{FEFF}0123abc\u{200B}+/-=",
    ] {
        assert_eq!(clean_secret(pasted), "0123abc+/-=", "{pasted:?}");
    }
    assert_eq!(clean_secret("two words"), "two words");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_every_address_is_its_own_normal_form(pasted in "\\PC{0,80}") {
        if let Ok(address) = StoreAddress::read(&pasted) {
            prop_assert_eq!(StoreAddress::read(address.base()).unwrap(), address.clone());
            prop_assert!(!address.base().ends_with('/'));
        }
        let clean = clean_secret(&pasted);
        prop_assert_eq!(clean.trim(), clean.as_str());
    }
}
