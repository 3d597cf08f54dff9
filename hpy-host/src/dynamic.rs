// SPDX-License-Identifier: MIT OR Apache-2.0

//! Libraries as the system opens them, and functions in them by name.

#[cfg(unix)]
pub use unix::{Library, loaded, path};
#[cfg(windows)]
pub use windows::{Library, loaded, path};

#[cfg(unix)]
mod unix {
    use std::ffi::{CStr, OsStr, c_void};
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    /// Returns the path of a file's name in the file system's encoding.
    pub fn path(file: &CStr) -> &Path {
        Path::new(OsStr::from_bytes(file.to_bytes()))
    }

    /// A library, which is never closed.
    pub struct Library(*mut c_void);

    impl Library {
        /// Opens the library of a file, whose name is in the file system's encoding; else returns
        /// the system's message.
        pub unsafe fn open(file: &CStr) -> Result<Library, String> {
            let library = libc::dlopen(file.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            if library.is_null() {
                return Err(problem());
            }
            Ok(Library(library))
        }

        /// Returns the address of a function; null where there is none.
        pub unsafe fn symbol(&self, name: &CStr) -> *mut c_void {
            libc::dlsym(self.0, name.as_ptr())
        }
    }

    /// Returns the address of a function of what the process has loaded; null where there is none.
    pub unsafe fn loaded(name: &CStr) -> *mut c_void {
        libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr())
    }

    /// Returns the dynamic linker's message.
    unsafe fn problem() -> String {
        let message = libc::dlerror();
        if message.is_null() {
            return "for no reason given".into();
        }
        CStr::from_ptr(message).to_string_lossy().into_owned()
    }
}

#[cfg(windows)]
mod windows {
    use std::ffi::{CStr, c_void};
    use std::mem::ManuallyDrop;
    use std::path::PathBuf;
    use std::ptr;

    use libloading::os::windows as system;

    /// Returns the path of a file's name in UTF-8, which is the file system's encoding for Python.
    pub fn path(file: &CStr) -> PathBuf {
        PathBuf::from(file.to_string_lossy().into_owned())
    }

    /// A library, which is never closed.
    pub struct Library(ManuallyDrop<system::Library>);

    impl Library {
        /// Opens the library of a file, of this name; else returns the system's message.
        pub unsafe fn open(file: &CStr) -> Result<Library, String> {
            let library = system::Library::new(path(file));
            let library = library.map_err(|error| error.to_string())?;
            Ok(Library(ManuallyDrop::new(library)))
        }

        /// Returns the address of a function; null where there is none.
        pub unsafe fn symbol(&self, name: &CStr) -> *mut c_void {
            address(&self.0, name)
        }
    }

    unsafe fn address(library: &system::Library, name: &CStr) -> *mut c_void {
        let found = library.get::<*mut c_void>(name.to_bytes_with_nul());
        found.map_or(ptr::null_mut(), |symbol| *symbol)
    }

    /// Returns the address of a function of the stable ABI; null where there is none.
    pub unsafe fn loaded(name: &CStr) -> *mut c_void {
        let python = system::Library::open_already_loaded("python3.dll");
        python.map_or(ptr::null_mut(), |python| address(&python, name))
    }
}
