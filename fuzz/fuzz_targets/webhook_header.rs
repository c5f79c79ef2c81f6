//! Whatever stands in the signature header of a webhook.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| centra_fuzz::header(data));
