//! Whether this machine is ready for a claim: each thing that it needs, what is so, and what to do where it is not.

pub mod claim;
pub mod contents;
pub mod find;
pub mod finding;
pub mod findings;
pub mod firmware;
pub mod image;
pub mod installed_image;
pub mod others;
pub mod print;
pub mod setup;

pub use contents::{Contents, Generator};
pub use find::{image_paths, images};
use finding::Findings;
pub use finding::{Finding, Mark, is_ready};
pub use findings::findings;
pub use installed_image::InstalledImage;
pub use setup::HostSetup;
