//! The files of a boot framebuffer: a platform device, its driver, the memory that it takes.

use vfio_early::machine::Framebuffer;

use super::Tree;

impl Tree {
    /// The files of a boot framebuffer, as on Linux 6.1; where its memory does not show the owner, as on 6.12.
    pub fn framebuffer(&mut self, framebuffer: &Framebuffer) {
        let Framebuffer {
            name,
            driver,
            display,
        } = framebuffer;
        let above = if driver.is_none() && !name.starts_with("simple-") {
            format!("pci0000:00/{display}")
        } else {
            "platform".to_owned()
        };
        self.dir(format!("sys/devices/{above}/{name}"));
        self.link(
            format!("sys/bus/platform/devices/{name}"),
            format!("../../../devices/{above}/{name}"),
        );
        if let Some(driver) = driver {
            self.file(format!("sys/bus/platform/drivers/{driver}/bind"), "");
            self.file(format!("sys/bus/platform/drivers/{driver}/unbind"), "");
            self.attach(name, driver.as_str());
        }
        let own = if name.starts_with("simple-") {
            "    c0000000-c03e7fff : BOOTFB\n"
        } else {
            ""
        };
        let memory = driver.as_ref().map_or("", |driver| memory(driver.as_str()));
        let iomem = format!(
            "c0000000-febfffff : PCI Bus 0000:00\n  c0000000-c0ffffff : {display}\n{own}{memory}"
        );
        self.file("proc/iomem", iomem);
    }

    /// The driver of the platform device.
    pub fn attach(&mut self, name: &str, driver: &str) {
        self.link(
            format!("sys/devices/platform/{name}/driver"),
            format!("../../../bus/platform/drivers/{driver}"),
        );
    }
}

/// The line of what the driver takes, last in the file.
pub fn memory(driver: &str) -> &'static str {
    match driver {
        "efi-framebuffer" => "    c0000000-c03e7fff : efifb\n",
        "vesa-framebuffer" => "    c0000000-c03e7fff : vesafb\n",
        _ => "      c0000000-c03e7fff : simpledrm\n",
    }
}
