// Its functions are `extern "C"`, so the library exports them all.
pub use krun::*;
