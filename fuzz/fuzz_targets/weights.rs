#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mnist_lab_fuzz::weights(bytes));
