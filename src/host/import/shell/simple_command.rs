//! Follows simple commands: assignments, what the shell does itself, and programs that are about modules and devices.

use super::language::is_shell;
use super::obstacle::ObstacleKind;
use super::parse::{Read, parse};
use super::shell::{Flow, Ran, Shell};
use super::syntax::{Assign, Redirect, Word};
use super::value::{ANY, SOME, is_private, unknown};

/// Programs that do nothing to devices and that write nothing.
const QUIET: &str = " sleep logger mkdir rmdir rm cp mv ln chmod chown touch sync mount umount udevadm rmmod depmod \
    trap wait umask ulimit alias shopt systemctl install mountpoint nvidia-smi rtcwake sysctl \
    add_module add_binary add_file add_runscript add_udev_rule add_systemd_unit add_dir add_full_dir add_symlink \
    add_all_modules add_checked_modules map quiet msg \
    inst_hook inst inst_simple inst_multiple inst_script inst_rules inst_binary instmods dracut_install \
    require_binaries require_kernel_modules info warn dinfo dwarn derror \
    copy_exec copy_file copy_modules_dir manual_add_modules add_firmware \
    log_begin_msg log_end_msg log_success_msg log_warning_msg log_failure_msg help exec ";
/// Programs that write something and do nothing to devices.
const READERS: &str = " grep egrep fgrep awk gawk cut tr head tail sort uniq wc lspci lsmod dmesg date uname hostname ls \
    find id which type getarg getargs getargbool xargs stat pgrep ps ip ethtool setpci ";

impl Shell<'_> {
    pub(super) fn simple(
        &mut self,
        assigns: &[Assign],
        words: &[Word],
        redirects: &[Redirect],
    ) -> Read<Ran> {
        let line = self.line;
        let fields = self.fields(words)?;
        self.line = line;
        let (name, arguments) = match fields.split_first() {
            Some((name, arguments)) => (name.as_str(), arguments),
            None => ("", [].as_slice()),
        };
        let declares = matches!(
            name,
            "export" | "local" | "readonly" | "declare" | "typeset"
        );
        if name.is_empty() || declares {
            for assign in assigns {
                self.assign(assign)?;
            }
        }
        let kept = self.state.input.clone();
        self.read_from(redirects)?;
        let from = self.state.output.len();
        let ran = if name.is_empty() {
            // `$(<file)`
            if let (true, Some(text)) = (assigns.is_empty(), self.state.input.clone()) {
                self.state.output.push_str(&text);
            }
            (Some(true), Flow::On)
        } else {
            self.run(name, arguments)?
        };
        self.line = line;
        self.state.input = kept;
        self.write_to(redirects, from)?;
        Ok(ran)
    }

    fn assign(&mut self, assign: &Assign) -> Read<()> {
        let mut values = match &assign.value {
            Ok(word) => vec![self.text(word)?],
            Err(words) => self.fields(words)?,
        };
        if assign.append {
            let before = self.state.variables.get(&assign.name);
            let mut before = before.cloned().unwrap_or_else(|| vec![ANY.to_string()]);
            match (&assign.value, before.first_mut()) {
                (Ok(_), Some(first)) => first.push_str(&values.concat()),
                _ => before.append(&mut values),
            }
            values = before;
        }
        if values.iter().map(String::len).sum::<usize>() > 1 << 16 {
            return Err(self.obstacle(ObstacleKind::Size));
        }
        self.state.variables.insert(assign.name.clone(), values);
        Ok(())
    }

    /// Runs the command `name`.
    pub(super) fn run(&mut self, name: &str, arguments: &[String]) -> Read<Ran> {
        if let Some(ran) = self.run_function(name, arguments.to_vec())? {
            return Ok(ran);
        }
        let base = name.rsplit('/').next().unwrap_or(name);
        if let Some(ran) = self.control(base, arguments)? {
            return Ok(ran);
        }
        let first = arguments.first().map(String::as_str);
        match base {
            "[" | "test" | "[[" => Ok((self.test(base, arguments), Flow::On)),
            "echo" => Ok(self.echo(arguments)),
            "printf" => Ok(self.printf(arguments)),
            "cat" | "tee" | "basename" | "dirname" | "readlink" | "realpath" | "sed" | "find"
            | "ls" | "id" | "whoami" => self.filter(base, arguments),
            "modprobe" | "insmod" | "force_load" => self.modprobe(base, arguments),
            "driverctl" | "virsh" | "xl" | "dpdk-devbind" | "dpdk-devbind.py" => {
                self.tool(base, arguments)
            }
            "sudo" | "command" | "exec" | "env" | "nohup" | "busybox" | "builtin" => {
                match arguments.split_first() {
                    Some((name, rest)) if !name.starts_with('-') => self.run(name, rest),
                    Some(_) => self.other(base, arguments),
                    None => Ok((Some(true), Flow::On)),
                }
            }
            "sh" | "bash" | "dash" | "ash" => match (first, arguments.get(1)) {
                (Some("-c" | "-ec" | "-xc"), Some(script)) => {
                    self.script(script, arguments.get(3..).unwrap_or_default())
                }
                (Some(path), _) if !path.starts_with('-') => self.file_of_commands(path, arguments),
                _ => self.other(base, arguments),
            },
            "." | "source" => match first {
                Some(path) => self.source(path),
                None => self.other(base, arguments),
            },
            "eval" => Err(self.obstacle(ObstacleKind::Command(base.to_owned()))),
            _ if is_in(QUIET, base) => Ok((Some(true), Flow::On)),
            _ if is_in(READERS, base) => {
                self.state.output.push(ANY);
                Ok((None, Flow::On))
            }
            _ if name.contains('/') => {
                let mut all = vec![name.to_owned()];
                all.extend_from_slice(arguments);
                self.file_of_commands(name, &all)
            }
            _ => self.other(name, arguments),
        }
    }

    /// What changes the course of the script or its variables.
    fn control(&mut self, name: &str, arguments: &[String]) -> Read<Option<Ran>> {
        let status = arguments.first().and_then(|text| text.parse::<u8>().ok());
        let done = |flow| {
            Ok(Some((
                status.map(|status| status == 0).or(Some(true)),
                flow,
            )))
        };
        match name {
            "exit" => done(Flow::Exit),
            "return" => done(Flow::Return),
            "break" => done(Flow::Break),
            "continue" => done(Flow::Continue),
            "true" | ":" => Ok(Some((Some(true), Flow::On))),
            "false" => Ok(Some((Some(false), Flow::On))),
            "set" => {
                if let Some(at) = arguments.iter().position(|word| word == "--") {
                    self.state.arguments = arguments.get(at + 1..).unwrap_or_default().to_vec();
                }
                Ok(Some((Some(true), Flow::On)))
            }
            "shift" => {
                let count = usize::from(status.unwrap_or(1)).min(self.state.arguments.len());
                self.state.arguments.drain(..count);
                Ok(Some((Some(true), Flow::On)))
            }
            "unset" => {
                for name in arguments {
                    self.state
                        .variables
                        .insert(name.clone(), vec![String::new()]);
                }
                Ok(Some((Some(true), Flow::On)))
            }
            "export" | "readonly" | "local" | "declare" | "typeset" => {
                let is_map =
                    |word: &String| word.starts_with('-') && word.contains(['A', 'n', 'i']);
                if arguments.iter().any(is_map) {
                    return Err(self.obstacle(ObstacleKind::Syntax));
                }
                for (name, value) in arguments.iter().filter_map(|word| word.split_once('=')) {
                    let values = vec![value.to_owned()];
                    self.state.variables.insert(name.to_owned(), values);
                }
                Ok(Some((Some(true), Flow::On)))
            }
            "let" => Ok(Some((None, Flow::On))),
            "read" | "mapfile" | "readarray" => self.read(name, arguments).map(Some),
            _ => Ok(None),
        }
    }

    fn read(&mut self, name: &str, arguments: &[String]) -> Read<Ran> {
        let names: Vec<String> = arguments
            .iter()
            .filter(|word| !word.starts_with('-'))
            .cloned()
            .collect();
        let input = self.state.input.clone().unwrap_or_else(|| SOME.to_string());
        match input.lines().next() {
            Some(line) if name == "read" => self.set_read(&names, line),
            _ => {
                for name in names {
                    self.state.variables.insert(name, unknown());
                }
            }
        }
        Ok((None, Flow::On))
    }

    /// Runs commands that stand in a text.
    pub(super) fn script(&mut self, text: &str, arguments: &[String]) -> Read<Ran> {
        if text.contains(is_private) {
            return Err(self.obstacle(ObstacleKind::Value));
        }
        let line = self.line;
        let list = parse(text).map_err(|_| self.obstacle(ObstacleKind::Syntax))?;
        let ran = self.call(arguments.to_vec(), |shell| shell.list(&list));
        self.line = line;
        let (status, _) = ran.map_err(|mut obstacle| {
            obstacle.line = line;
            obstacle
        })?;
        Ok((status, Flow::On))
    }

    /// Runs a script by its path; `words` begins with the path.
    fn file_of_commands(&mut self, path: &str, words: &[String]) -> Read<Ran> {
        let arguments = words.get(1..).unwrap_or_default();
        let text = if path.starts_with('/') {
            (self.load)(path)
        } else {
            None
        };
        match text {
            Some(text) if is_shell(&text) => {
                let kept = self.state.clone();
                let ran = self.script(&text, arguments)?;
                self.leave(kept);
                Ok(ran)
            }
            _ => self.other(path, arguments),
        }
    }

    /// Takes in a file of assignments and functions.
    fn source(&mut self, path: &str) -> Read<Ran> {
        match (self.load)(path) {
            Some(text) => {
                let arguments = self.state.arguments.clone();
                self.script(&text, &arguments)
            }
            // What it sets is not known.
            None => {
                self.state.variables.clear();
                Ok((None, Flow::On))
            }
        }
    }
}

fn is_in(list: &str, name: &str) -> bool {
    !name.is_empty() && list.split_whitespace().any(|word| word == name)
}
