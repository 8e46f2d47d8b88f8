//! How two ways of a script come together again, and what happens to devices on them.

use super::effects::{Effects, Taken};
use super::obstacle::{Obstacle, ObstacleKind};
use super::parse::Read;
use super::shell::{Flow, Ran, Shell, State};
use super::value::ANY;

impl Shell<'_> {
    /// Ends a subshell: what it did stays, its variables do not.
    pub(super) fn leave(&mut self, outer: State) {
        let inner = std::mem::replace(&mut self.state, outer);
        self.state.effects = inner.effects;
        self.state.unbound = inner.unbound;
        self.state.output = inner.output;
        self.state.doubt = inner.doubt;
    }

    /// Follows both ways of a condition that is not known. They must do the same to devices; what else they leave
    /// differently is not known from then on.
    pub(super) fn either(
        &mut self,
        one: impl FnOnce(&mut Self) -> Read<Ran>,
        other: impl FnOnce(&mut Self) -> Read<Ran>,
    ) -> Read<Ran> {
        let line = self.line;
        let before = self.state.clone();
        let (one_status, one_flow) = one(self)?;
        let after = std::mem::replace(&mut self.state, before);
        let (other_status, other_flow) = other(self)?;
        if self.state.effects != after.effects {
            return Err(Obstacle::new(line, ObstacleKind::Condition));
        }
        self.join(after);
        let status = if one_status == other_status {
            one_status
        } else {
            None
        };
        if one_flow == other_flow {
            return Ok((status, one_flow));
        }
        // One of the ways ends here: what follows may not be reached.
        self.state.doubt.get_or_insert(line);
        let flow = if one_flow == Flow::On || other_flow == Flow::On {
            Flow::On
        } else {
            one_flow
        };
        Ok((None, flow))
    }

    fn join(&mut self, after: State) {
        for (name, value) in after.variables {
            let here = self.state.variables.get(&name);
            if here != Some(&value) {
                self.state.variables.insert(name, vec![ANY.to_string()]);
            }
        }
        for name in after.unbound {
            if !self.state.unbound.contains(&name) {
                self.state.unbound.push(name);
            }
        }
        if self.state.output != after.output {
            self.state.output.push(ANY);
        }
        self.state.doubt = self.state.doubt.or(after.doubt);
        self.state.functions.extend(after.functions);
    }

    /// Notes that something happens to a device.
    pub(super) fn affect(&mut self, change: impl FnOnce(&mut Effects)) -> Read<()> {
        if let Some(line) = self.state.doubt {
            return Err(Obstacle::new(line, ObstacleKind::Condition));
        }
        change(&mut self.state.effects);
        Ok(())
    }

    pub(super) fn take(&mut self, taken: Taken, driver: &str) -> Read<()> {
        if matches!(taken, Taken::Each(_)) && !self.state.is_turn {
            return Err(self.obstacle(ObstacleKind::Value));
        }
        let driver = driver.to_owned();
        self.affect(|effects| effects.take(taken, &driver))
    }
}
