//! Follows a script with what is known of any machine: what the result is on this one is known, or the script is not
//! understood. Where a condition is not known both ways are followed, and must do the same to devices.

use super::obstacle::ObstacleKind;
use super::parse::Read;
use super::shell::{Flow, Ran, Shell};
use super::syntax::{Command, Direction, List, Node, Redirect};

/// How many commands are followed.
const STEPS: usize = 20_000;
/// How long a value may become.
const LONGEST: usize = 1 << 16;

impl Shell<'_> {
    /// Runs commands one after the other.
    pub(super) fn list(&mut self, list: &List) -> Read<Ran> {
        let mut status = Some(true);
        for command in list {
            let (now, flow) = self.command(command)?;
            status = now;
            if flow != Flow::On {
                return Ok((status, flow));
            }
        }
        Ok((status, Flow::On))
    }

    fn command(&mut self, command: &Command) -> Read<Ran> {
        self.steps += 1;
        self.line = command.line;
        if self.steps > STEPS || self.state.output.len() > LONGEST {
            return Err(self.obstacle(ObstacleKind::Size));
        }
        if let Node::Simple { assigns, words } = &command.node {
            return self.simple(assigns, words, &command.redirects);
        }
        let kept = self.state.input.clone();
        self.read_from(&command.redirects)?;
        let from = self.state.output.len();
        let ran = self.compound(&command.node)?;
        self.state.input = kept;
        self.write_to(&command.redirects, from)?;
        Ok(ran)
    }

    fn compound(&mut self, node: &Node) -> Read<Ran> {
        match node {
            Node::Simple { .. } => Ok((None, Flow::On)),
            Node::Pipeline(commands) => self.pipeline(commands),
            Node::Not(inner) => {
                let (status, flow) = self.command(inner)?;
                Ok((status.map(|status| !status), flow))
            }
            Node::And(one, other) => self.and_or(one, other, true),
            Node::Or(one, other) => self.and_or(one, other, false),
            Node::If { arms, otherwise } => self.arms(arms, otherwise),
            Node::For { name, words, body } => self.for_loop(name, words.as_deref(), body),
            Node::While { test, body } => self.while_loop(test, body),
            Node::Case { word, arms } => {
                let value = self.text(word)?;
                self.case(&value, arms)
            }
            Node::Group(list) => self.list(list),
            Node::Subshell(list) => {
                let kept = self.state.clone();
                let (status, flow) = self.list(list)?;
                self.leave(kept);
                let exits = matches!(flow, Flow::Exit | Flow::Return);
                Ok((if exits { None } else { status }, Flow::On))
            }
            Node::Function(name, body) => {
                self.state
                    .functions
                    .insert(name.clone(), body.as_ref().clone());
                Ok((Some(true), Flow::On))
            }
        }
    }

    fn pipeline(&mut self, commands: &List) -> Read<Ran> {
        let mut status = None;
        let before = self.state.output.clone();
        let input = self.state.input.clone();
        for (index, command) in commands.iter().enumerate() {
            let kept = self.state.clone();
            self.state.output.clear();
            let (now, _) = self.command(command)?;
            status = now;
            self.leave(kept);
            if index + 1 < commands.len() {
                self.state.input = Some(std::mem::take(&mut self.state.output));
            }
        }
        self.state.input = input;
        self.state.output.insert_str(0, &before);
        Ok((status, Flow::On))
    }

    fn and_or(&mut self, one: &Command, other: &Command, is_and: bool) -> Read<Ran> {
        let (status, flow) = self.command(one)?;
        if flow != Flow::On {
            return Ok((status, flow));
        }
        match status {
            Some(status) if status == is_and => self.command(other),
            Some(status) => Ok((Some(status), Flow::On)),
            None => self.either(
                |shell| shell.command(other),
                |_| Ok((Some(!is_and), Flow::On)),
            ),
        }
    }

    fn arms(&mut self, arms: &[(List, List)], otherwise: &List) -> Read<Ran> {
        let Some(((test, body), rest)) = arms.split_first() else {
            return self.list(otherwise);
        };
        let (status, flow) = self.list(test)?;
        if flow != Flow::On {
            return Ok((status, flow));
        }
        match status {
            Some(true) => self.list(body),
            Some(false) => self.arms(rest, otherwise),
            None => self.either(
                |shell| shell.list(body),
                |shell| shell.arms(rest, otherwise),
            ),
        }
    }

    /// Runs a function, or commands that are loaded, with arguments of its own.
    pub(super) fn call(
        &mut self,
        arguments: Vec<String>,
        run: impl FnOnce(&mut Self) -> Read<Ran>,
    ) -> Read<Ran> {
        if self.state.depth > 8 {
            return Err(self.obstacle(ObstacleKind::Size));
        }
        self.state.depth += 1;
        let kept = std::mem::replace(&mut self.state.arguments, arguments);
        let (status, flow) = run(self)?;
        self.state.arguments = kept;
        self.state.depth -= 1;
        let flow = if flow == Flow::Return { Flow::On } else { flow };
        Ok((status, flow))
    }

    pub(super) fn run_function(&mut self, name: &str, arguments: Vec<String>) -> Read<Option<Ran>> {
        let Some(body) = self.state.functions.get(name).cloned() else {
            return Ok(None);
        };
        self.call(arguments, |shell| shell.command(&body)).map(Some)
    }

    /// Takes what is redirected to standard input.
    pub(super) fn read_from(&mut self, redirects: &[Redirect]) -> Read<()> {
        for redirect in redirects {
            match redirect.direction {
                Direction::From if redirect.descriptor == 0 => {
                    let path = self.text(&redirect.target)?;
                    self.state.input = Some(self.file(&path));
                }
                Direction::Here if redirect.descriptor == 0 => {
                    self.state.input = Some(self.text(&redirect.target)?);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes what standard output has from `from` on to where it is redirected.
    pub(super) fn write_to(&mut self, redirects: &[Redirect], from: usize) -> Read<()> {
        let mut is_written = false;
        for redirect in redirects {
            if redirect.direction == Direction::To && redirect.descriptor == 1 {
                let path = self.text(&redirect.target)?;
                let text = self.state.output.get(from..).unwrap_or_default().to_owned();
                self.write(&path, &text)?;
                is_written = true;
            } else if redirect.direction == Direction::Other && redirect.descriptor == 1 {
                // To standard error.
                is_written = true;
            }
        }
        if is_written {
            self.state.output.truncate(from);
        }
        Ok(())
    }
}
