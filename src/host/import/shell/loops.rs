//! Follows loops and `case`: over lists that are known, over every display, and over the members of a group.

use super::effects::{Effects, Taken, device};
use super::obstacle::{Obstacle, ObstacleKind};
use super::parse::Read;
use super::shell::{Flow, Ran, Shell, State};
use super::syntax::{List, Node, Word};
use super::value::{EACH, is_unknown, matches, pattern, unknown};
use crate::pci::Address;

impl Shell<'_> {
    pub(super) fn case(&mut self, value: &str, arms: &[(Vec<Word>, List)]) -> Read<Ran> {
        let Some(((patterns, body), rest)) = arms.split_first() else {
            return Ok((Some(true), Flow::On));
        };
        let mut matched = Some(false);
        for pattern in patterns {
            let pattern = self.pattern(pattern)?;
            match matches(value, &pattern) {
                Some(true) => {
                    matched = Some(true);
                    break;
                }
                Some(false) => {}
                None => matched = None,
            }
        }
        match matched {
            Some(true) => self.list(body),
            Some(false) => self.case(value, rest),
            None => self.either(|shell| shell.list(body), |shell| shell.case(value, rest)),
        }
    }

    pub(super) fn for_loop(
        &mut self,
        name: &str,
        words: Option<&[Word]>,
        body: &List,
    ) -> Read<Ran> {
        let line = self.line;
        let values = match words {
            Some(words) => self.fields(words)?,
            None => self.state.arguments.clone(),
        };
        for value in values {
            let is_over_devices = value.contains(EACH) && !self.state.is_turn;
            let (status, flow) = if is_over_devices {
                self.each(name, &value, body, line)?
            } else {
                self.once(name, &value, body)?
            };
            match flow {
                Flow::On | Flow::Continue => {}
                Flow::Break => break,
                Flow::Return | Flow::Exit => return Ok((status, flow)),
            }
        }
        Ok((None, Flow::On))
    }

    /// One turn, with a value that is known, or one that is not.
    fn once(&mut self, name: &str, value: &str, body: &List) -> Read<Ran> {
        let values = vec![value.to_owned()];
        self.state.variables.insert(name.to_owned(), values);
        if !is_unknown(value) {
            return self.list(body);
        }
        // How many turns there are is not known.
        let turn = |shell: &mut Self| match shell.list(body)? {
            (_, Flow::Break | Flow::Continue) => Ok((None, Flow::On)),
            ran => Ok(ran),
        };
        let over = pattern(value);
        let result = self.either(turn, |_| Ok((None, Flow::On)));
        result.map_err(|obstacle| match (&obstacle.kind, over) {
            (ObstacleKind::Value | ObstacleKind::Condition, Some(over)) => {
                Obstacle::new(obstacle.line, ObstacleKind::Pattern(over))
            }
            (ObstacleKind::Condition, None) => Obstacle::new(obstacle.line, ObstacleKind::Loop),
            _ => obstacle,
        })
    }

    /// One turn for each device that a pattern finds: it is followed for a display that the machine booted on and for
    /// one that it did not, or for any member of a group.
    fn each(&mut self, name: &str, value: &str, body: &List, line: usize) -> Read<Ran> {
        let before = self.state.clone();
        let group = group(value);
        let mut results: Vec<(Effects, Flow)> = Vec::new();
        for boot_vga in [Some(false), Some(true)] {
            self.state = before.clone();
            self.state.is_turn = true;
            self.state.boot_vga = boot_vga.filter(|_| group.is_none());
            let values = vec![value.to_owned()];
            self.state.variables.insert(name.to_owned(), values);
            let (_, flow) = self.list(body)?;
            results.push((self.state.effects.clone(), flow));
        }
        let last = std::mem::replace(&mut self.state, before);
        self.forget(last);
        let [(secondary, one), (boot, other)] = results.as_slice() else {
            return Ok((None, Flow::On));
        };
        // What ends the loop early takes some of them only.
        let ends = |flow: &Flow| !matches!(flow, Flow::On | Flow::Continue);
        let obstacle = |kind| Err(Obstacle::new(line, kind));
        if ends(one) || ends(other) {
            return obstacle(ObstacleKind::Loop);
        }
        let before = self.state.effects.takes.len();
        let more = secondary.takes.get(before..).unwrap_or_default();
        let is_each = |take: &(Taken, String)| matches!(take.0, Taken::Each(_));
        if group.is_none()
            && boot
                .takes
                .get(before..)
                .is_some_and(|takes| takes.iter().any(is_each))
        {
            return obstacle(ObstacleKind::BootDisplay);
        }
        let without = |effects: &Effects| {
            let mut effects = effects.clone();
            effects.takes.retain(|take| !is_each(take));
            effects
        };
        if without(secondary) != without(boot) {
            return obstacle(ObstacleKind::Condition);
        }
        let whole = |take: &(Taken, String)| take.0 == Taken::Each(0);
        let only_whole = more.iter().all(whole);
        let driver = more
            .iter()
            .find(|take| whole(take))
            .map(|take| take.1.clone());
        let same = more
            .iter()
            .filter(|take| is_each(take))
            .all(|take| Some(&take.1) == driver.as_ref());
        let others = without(secondary);
        let Some(driver) = driver.filter(|_| same && (group.is_none() || only_whole)) else {
            if more.iter().any(is_each) {
                return obstacle(ObstacleKind::Value);
            }
            self.state.effects = others;
            return Ok((None, Flow::On));
        };
        self.state.effects = others;
        self.take(group.map_or(Taken::Secondary, Taken::Group), &driver)?;
        Ok((None, Flow::On))
    }

    /// Variables that a loop changed are not known behind it.
    fn forget(&mut self, after: State) {
        for (name, value) in after.variables {
            if self.state.variables.get(&name) != Some(&value) {
                self.state.variables.insert(name, unknown());
            }
        }
        self.state.doubt = self.state.doubt.or(after.doubt);
    }

    /// `while read`, or any other loop, which may do nothing to devices.
    pub(super) fn while_loop(&mut self, test: &List, body: &List) -> Read<Ran> {
        if let (Some(names), Some(input)) = (self.read_names(test)?, self.state.input.clone()) {
            if !is_unknown(&input) {
                return self.lines(&names, &input, body);
            }
            for name in names {
                self.state.variables.insert(name, unknown());
            }
        }
        let line = self.line;
        let turn = |shell: &mut Self| {
            shell.list(test)?;
            match shell.list(body)? {
                (_, Flow::Break | Flow::Continue) => Ok((None, Flow::On)),
                ran => Ok(ran),
            }
        };
        let result = self.either(turn, |_| Ok((None, Flow::On)));
        result.map_err(|obstacle| match obstacle.kind {
            ObstacleKind::Condition => Obstacle::new(line, ObstacleKind::Loop),
            _ => obstacle,
        })
    }

    /// The variables of a `read` that is the whole test of a loop.
    fn read_names(&mut self, test: &List) -> Read<Option<Vec<String>>> {
        let [command] = test.as_slice() else {
            return Ok(None);
        };
        let Node::Simple { words, .. } = &command.node else {
            return Ok(None);
        };
        let words = self.fields(words)?;
        let mut words = words.into_iter();
        if words.next().as_deref() != Some("read") {
            return Ok(None);
        }
        let mut names: Vec<String> = words.filter(|word| word != "-r").collect();
        if names.iter().any(|name| name.starts_with('-')) {
            return Ok(None);
        }
        if names.is_empty() {
            names.push("REPLY".to_owned());
        }
        Ok(Some(names))
    }

    fn lines(&mut self, names: &[String], input: &str, body: &List) -> Read<Ran> {
        for line in input.lines() {
            self.set_read(names, line);
            let (status, flow) = self.list(body)?;
            match flow {
                Flow::On | Flow::Continue => {}
                Flow::Break => break,
                Flow::Return | Flow::Exit => return Ok((status, flow)),
            }
        }
        Ok((None, Flow::On))
    }

    /// Sets variables to the words of a line, the last one to the rest.
    pub(super) fn set_read(&mut self, names: &[String], line: &str) {
        let mut rest = line.trim();
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let (word, after) = match rest.split_once(char::is_whitespace) {
                Some((word, after)) if !is_last => (word, after.trim_start()),
                _ => (rest, ""),
            };
            let values = vec![word.to_owned()];
            self.state.variables.insert(name.clone(), values);
            rest = after;
        }
    }
}

/// The device of whose group `path` is a member.
fn group(path: &str) -> Option<Address> {
    let (before, _) = path.split_once("/iommu_group/devices/")?;
    let (name, behind) = device(before)?;
    behind.is_empty().then(|| name.parse().ok())?
}
