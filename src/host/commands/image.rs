//! `vfio-early image`: writes the universal image.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use crate::cli::print_bytes;
use crate::config;
use crate::host::image::{build, modules_for};
use crate::host::protect::find::find;
use crate::sys::{Root, SysPath};

/// Write an image to put in front of any initrd, with rdinit=/vfio-early on the kernel command line.
#[derive(FromArgs)]
#[argh(subcommand, name = "image")]
pub(super) struct Image {
    /// for this kernel release instead of the running one
    #[argh(option)]
    kernel: Option<String>,
    /// the file to write instead of standard output
    #[argh(option, short = 'o')]
    output: Option<PathBuf>,
    /// print the names of the modules that an image needs instead, one a line
    #[argh(switch)]
    modules: bool,
}

impl Image {
    /// Runs the command below `root`.
    pub(super) fn run(self, root: &Root) -> ExitCode {
        if self.modules {
            return self.print_modules(root);
        }
        if self.output.is_none() && std::io::stdout().is_terminal() {
            return super::usage(
                "image: the image goes to a file or a pipe, not to a terminal; use -o FILE",
            );
        }
        match self.write(root) {
            Ok(status) => status,
            Err(error) => super::print_error(
                &format!("image: {error}; no image is written"),
                super::UNSATISFIED,
            ),
        }
    }

    fn release(&self, root: &Root) -> Result<String, String> {
        if let Some(release) = &self.kernel {
            return Ok(release.clone());
        }
        let text = root.attribute(SysPath::Release);
        let text = text.map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }

    /// For the hooks of other generators, which find out themselves what each module needs.
    fn print_modules(&self, root: &Root) -> ExitCode {
        match self.release(root) {
            Ok(release) => {
                let modules = modules_for(root, &release, &config::read(root));
                let names = modules.files.iter().map(|file| file.name() + "\n");
                super::print(&names.collect::<String>())
            }
            Err(error) => super::print_error(&format!("image: {error}"), super::UNSATISFIED),
        }
    }

    fn write(&self, root: &Root) -> Result<ExitCode, String> {
        let release = self.release(root)?;
        let (protect, doubts) = find(root);
        let image = build(root, &release, &config::read(root), &protect)
            .map_err(|error| error.to_string())?;
        super::doubt("image", &doubts);
        match &self.output {
            Some(path) => match root.save(path, &image) {
                Ok(()) => Ok(ExitCode::SUCCESS),
                Err(error) => Err(error.to_string()),
            },
            None => Ok(print_bytes(&image)),
        }
    }
}
