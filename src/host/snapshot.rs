//! What a command that describes the host knows of it: each thing is read once, so that all of it is one state of the
//! machine. Nothing here changes anything.

use std::cell::OnceCell;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{UNSATISFIED, print_error, usage};
use crate::config::{self, KernelParameters, Problem, Request};
use crate::host::next_boot::at_boot;
use crate::host::pci_ids::Names;
use crate::host::protect::find::find_in;
use crate::host::protect::{HostStorage, Remark};
use crate::host::trial::has_failed;
use crate::host::usage::live::usages;
use crate::machine::{EveryDevice, Machine, Usage};
use crate::pci::{Address, DriverName};
use crate::plan::{Decision, Plan};
use crate::report::Report;
use crate::sys::Root;

/// Which machine a command describes, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The host.
    pub root: &'a Root,
    /// The name of the command, for messages.
    pub command: &'a str,
    /// The command line to use instead of the running kernel's.
    pub cmdline: Option<&'a str>,
    /// The file that describes another machine, of which neither command line nor configuration is known.
    pub file: Option<&'a Path>,
}

/// What is asked of the next boot, and what the running kernel was given.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request of the next boot.
    pub request: Request,
    /// The words for the IOMMU that the machine runs with.
    running: KernelParameters,
}

impl<'a> Source<'a> {
    /// The machine that runs, or the one in `file`, of which nothing is asked.
    pub fn of_machine(root: &'a Root, command: &'a str, file: Option<&'a Path>) -> Self {
        Self {
            root,
            command,
            cmdline: file.map(|_| ""),
            file,
        }
    }

    /// Reads what is asked, by the command line and by the configuration.
    ///
    /// An error, which is printed, where nothing can be known of what is asked.
    pub fn asked(&self) -> Result<Asked, ExitCode> {
        let mut request = match self.file {
            None => config::configured(self.root),
            Some(_) => Request::default(),
        };
        let mut running = request.clone();
        if self.file.is_none() {
            config::add_running(self.root, &mut running);
        }
        match (self.cmdline, self.file) {
            (Some(cmdline), _) => request.add_cmdline(cmdline.as_bytes()),
            (None, None) => request = running.clone(),
            (None, Some(_)) => {
                let text = "--machine wants --cmdline TEXT beside it: the command line of that machine is not known";
                return Err(usage(&format!("{}: {text}", self.command)));
            }
        }
        let running = match self.file {
            None => running.kernel,
            Some(_) => request.kernel.clone(),
        };
        Ok(Asked { request, running })
    }

    /// The same for a command that shows what the next boot does: after a trial that failed, nothing is claimed.
    pub fn asked_after_trial(&self) -> Result<Asked, ExitCode> {
        let mut asked = self.asked()?;
        let request = &mut asked.request;
        if self.file.is_none() && request.names_devices() && has_failed(self.root) {
            request.problems.push(Problem::TrialFailed);
        }
        Ok(asked)
    }

    /// Prints why the command cannot be carried out.
    fn failed(&self, error: &str) -> ExitCode {
        print_error(&format!("{}: {error}", self.command), UNSATISFIED)
    }
}

/// What a command knows of a machine.
#[derive(Debug)]
pub struct HostSnapshot<'a> {
    /// What is asked of the next boot.
    pub request: Request,
    /// The machine as it runs.
    pub machine: Machine,
    /// What the last claim did; of another machine that is not known.
    pub report: Option<Report>,
    root: &'a Root,
    /// Whether the machine is known from a file only.
    is_of_file: bool,
    running: KernelParameters,
    names: OnceCell<Names>,
    planned: OnceCell<NextBoot>,
    /// What the host does with its disks and networks, where the next boot matters; of another machine that is not known.
    storage: Option<HostStorage>,
    /// What the list of what an image made now would protect may lack.
    doubts: Vec<Remark>,
}

/// The next boot of a machine.
#[derive(Clone, Debug)]
pub struct NextBoot {
    /// The machine as that boot finds it.
    pub machine: Machine,
    /// What that boot does.
    pub plan: Plan,
}

impl NextBoot {
    /// The drivers that devices get; vfio-pci where none is requested.
    pub fn drivers(&self) -> Vec<DriverName> {
        let entries = self.plan.entries.iter();
        let entries = entries.filter(|entry| entry.decision != Decision::Hold);
        let mut drivers: Vec<DriverName> = entries.map(|entry| entry.driver.clone()).collect();
        drivers.sort_unstable();
        drivers.dedup();
        if drivers.is_empty() {
            drivers.push(DriverName::vfio_pci());
        }
        drivers
    }
}

impl<'a> HostSnapshot<'a> {
    /// The machine as it runs, `every` device of it.
    pub fn now(source: &Source<'a>, asked: Asked, every: EveryDevice) -> Result<Self, ExitCode> {
        let read = read_machine(source.root, source.file, &asked.request, every);
        let (machine, report) = read.map_err(|error| source.failed(&error))?;
        Ok(Self::new(source, asked, machine, report))
    }

    /// The same with all that the next boot depends on; as far as the request goes where not `every` device is wanted.
    pub fn with_next_boot(
        source: &Source<'a>,
        asked: Asked,
        every: Option<EveryDevice>,
    ) -> Result<Self, ExitCode> {
        let request = &asked.request;
        let every = every.map(|every| EveryDevice {
            serials: every.serials || request.selectors().any(config::Selector::needs_serial),
        });
        if source.file.is_some() {
            return Self::now(source, asked, every.unwrap_or_default());
        }
        let root = source.root;
        let storage = HostStorage::read(root);
        // An image made now would protect what the running system needs.
        let (needed, doubts) = find_in(root, &storage);
        let read = match every {
            Some(every) => Machine::read_guarded(root, request, &every, needed),
            None => Machine::read_guarded(root, request, request, needed),
        };
        let machine = read.map_err(|error| source.failed(&error.to_string()))?;
        Ok(Self {
            storage: Some(storage),
            doubts,
            ..Self::new(source, asked, machine, last_report(root))
        })
    }

    /// Every device, with all that the next boot depends on. Nothing is asked of another machine without a command line.
    pub fn whole(mut source: Source<'a>) -> Result<Self, ExitCode> {
        source.cmdline = source.cmdline.or(source.file.map(|_| ""));
        let asked = source.asked_after_trial()?;
        Self::with_next_boot(&source, asked, Some(EveryDevice::default()))
    }

    fn new(source: &Source<'a>, asked: Asked, machine: Machine, report: Option<Report>) -> Self {
        Self {
            request: asked.request,
            machine,
            report,
            root: source.root,
            is_of_file: source.file.is_some(),
            running: asked.running,
            names: OnceCell::new(),
            planned: OnceCell::new(),
            storage: None,
            doubts: Vec::new(),
        }
    }

    /// Prints what the list of what an image made now would protect may lack.
    pub fn print_doubts(&self) {
        for doubt in &self.doubts {
            print_error(&format!("protect: {doubt}"), 0);
        }
    }

    /// Whether this is the host; of a machine in a file less is known.
    pub fn is_of_host(&self) -> bool {
        !self.is_of_file
    }

    /// What people call the devices of the machine.
    pub fn names(&self) -> &Names {
        self.names
            .get_or_init(|| Names::read(self.root, &self.machine.bus))
    }

    /// The next boot with this snapshot's request.
    pub fn planned(&self) -> &NextBoot {
        self.planned.get_or_init(|| {
            let machine = self.next_boot(&self.request);
            let plan = Plan::new(&self.request, &machine);
            NextBoot { machine, plan }
        })
    }

    /// The machine as its next boot with `request` finds it: this snapshot's, or one that asks for other devices.
    pub fn next_boot(&self, request: &Request) -> Machine {
        let mut machine = self.machine.clone();
        if let Some(storage) = &self.storage {
            // What may be lacking was printed for the list.
            add_usages(self.root, storage, request, &mut machine);
        }
        at_boot(machine, &self.running, request)
    }
}

/// The machine below `root` with the report of its last claim, or the one in `file`, of which no report is known.
pub fn read_machine(
    root: &Root,
    file: Option<&Path>,
    request: &Request,
    every: EveryDevice,
) -> Result<(Machine, Option<Report>), String> {
    let Some(file) = file else {
        let machine = Machine::read_with(root, request, &every);
        let machine = machine.map_err(|error| error.to_string())?;
        return Ok((machine, last_report(root)));
    };
    let text = root.named(file).map_err(|error| error.to_string())?;
    let machine = Machine::from_file(&text);
    let machine = machine.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((machine, None))
}

/// The report of the last claim. One that cannot be used is named on standard error, and the command goes on without.
fn last_report(root: &Root) -> Option<Report> {
    Report::read(root).unwrap_or_else(|error| {
        let text = format!("{error}; what became of the claim is not known");
        print_error(&text, UNSATISFIED);
        None
    })
}

/// Adds what the running system does with its devices; returns what that may lack. Of the devices that `request` is for
/// more is found out than of others.
pub(in crate::host) fn add_usages(
    root: &Root,
    storage: &HostStorage,
    request: &Request,
    machine: &mut Machine,
) -> Vec<Remark> {
    let plan = Plan::new(request, machine);
    let asked = plan.entries.iter().map(|entry| entry.device.address);
    let asked: Vec<Address> = asked.collect();
    let (usages, remarks): (Vec<Usage>, _) = usages(root, storage, &asked);
    machine.usages = usages;
    remarks
}
