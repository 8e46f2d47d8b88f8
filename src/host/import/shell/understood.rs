//! What a script does, as a whole.

use super::effects::Effects;

/// What a script does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Understood {
    /// What it does to devices.
    pub effects: Effects,
    /// The devices that it takes from their drivers.
    pub unbound: Vec<String>,
}

impl Understood {
    /// Whether nothing is done to devices.
    pub fn is_idle(&self) -> bool {
        self.effects == Effects::default()
    }

    /// Adds what something else does.
    pub(in crate::host::import) fn add(&mut self, other: Self) {
        self.effects.takes.extend(other.effects.takes);
        self.effects.ids.extend(other.effects.ids);
        self.effects.lists.extend(other.effects.lists);
        self.effects.functions.extend(other.effects.functions);
        self.unbound.extend(other.unbound);
    }
}
