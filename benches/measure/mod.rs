//! What the benchmarks share: machines to measure on, the peers, what is counted, and how it is printed.

pub(crate) mod cost;
pub(crate) mod peers;
pub(crate) mod sample;
pub(crate) mod site;
pub(crate) mod table;
