//! Where the reader of a message is.

/// Where the reader of a message is, which decides what can be done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At a boot: its kernel command line and its image can be changed.
    #[default]
    Boot,
    /// On the running host, with `vfio-early bind` or `release`.
    Host,
}
