//! What the machine needs to boot: the list that the image carries, and how it is found out on the host.

pub mod find;
pub mod host;
pub mod reach;
pub mod read;
pub mod remark;
pub mod resolve;
pub mod route;
pub mod storage;

pub use find::find;
pub use remark::Remark;
pub use storage::HostStorage;
