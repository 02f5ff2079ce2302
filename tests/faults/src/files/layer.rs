//! The table of C functions. Each asks whether it may, and passes on to the system's own layer.

use std::{
    ffi::{c_char, c_int, c_void},
    mem::size_of,
    ptr,
    sync::OnceLock,
};

use rusqlite::ffi;

use super::{Reason, Verdict, Written, judge, judge_write};

/// A file of this layer: what SQLite sees, and behind it, in the same allocation, the file of the system's layer.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    real: *mut ffi::sqlite3_file,
}

/// The system's layer, as an address that threads can share. It lives as long as the process.
static REAL: OnceLock<usize> = OnceLock::new();

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Without shared memory and mapped files: nothing goes around this layer.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Puts the layer under every connection that this process opens from now on. More than once is the same as once.
///
/// # Panics
///
/// Where SQLite does not take it: then nothing that is measured would mean anything.
pub fn install() {
    REAL.get_or_init(|| {
        // SAFETY: the first call finds the default layer of the system, which is never freed. The copy is leaked, so
        // it outlives every connection; only its name, its size of a file and two functions differ.
        unsafe {
            ffi::sqlite3_initialize();
            let real = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!real.is_null(), "SQLite has no file layer");
            let mut layer = ptr::read(real);
            layer.zName = c"faults".as_ptr();
            layer.pNext = ptr::null_mut();
            layer.szOsFile = size_of::<File>() as c_int + (*real).szOsFile;
            layer.xOpen = Some(open);
            layer.xDelete = Some(delete);
            let taken = ffi::sqlite3_vfs_register(Box::into_raw(Box::new(layer)), 1);
            assert_eq!(taken, ffi::SQLITE_OK, "SQLite does not take the layer");
            real as usize
        }
    });
}

fn real_layer() -> *mut ffi::sqlite3_vfs {
    REAL.get().copied().unwrap_or_default() as *mut ffi::sqlite3_vfs
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes, which is a `File` and the system's file behind it. A file
    // without methods is not closed by SQLite.
    unsafe {
        let file = file.cast::<File>();
        (*file).base.pMethods = ptr::null();
        if matches!(judge(), Verdict::Fail) {
            return ffi::SQLITE_CANTOPEN;
        }
        let real = file.add(1).cast::<ffi::sqlite3_file>();
        (*file).real = real;
        let layer = real_layer();
        let Some(open) = (*layer).xOpen else { return ffi::SQLITE_CANTOPEN };
        let code = open(layer, name, real, flags, out);
        if !(*real).pMethods.is_null() {
            (*file).base.pMethods = &raw const METHODS;
        }
        code
    }
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    if matches!(judge(), Verdict::Fail) {
        return ffi::SQLITE_IOERR_DELETE;
    }
    let layer = real_layer();
    // SAFETY: passed on as it came, to the layer that it is meant for.
    unsafe { (*layer).xDelete.map_or(ffi::SQLITE_IOERR_DELETE, |delete| delete(layer, name, sync_dir)) }
}

/// Passes a call on to the system's file.
macro_rules! pass {
    ($file:ident, $method:ident, $otherwise:expr $(, $value:expr)*) => {{
        // SAFETY: a file of this layer whose methods are set has a system's file behind it that is open.
        unsafe {
            let real = (*$file.cast::<File>()).real;
            match (*(*real).pMethods).$method {
                Some(call) => call(real $(, $value)*),
                None => $otherwise,
            }
        }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xClose, ffi::SQLITE_OK)
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, length: c_int, at: i64) -> c_int {
    match judge() {
        Verdict::Fail => ffi::SQLITE_IOERR_READ,
        Verdict::Pass => pass!(file, xRead, ffi::SQLITE_IOERR_READ, into, length, at),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: i64,
) -> c_int {
    match judge_write(usize::try_from(length).unwrap_or_default()) {
        Written::All => pass!(file, xWrite, ffi::SQLITE_IOERR_WRITE, from, length, at),
        Written::Some(part, reason) => {
            if part > 0 {
                let _part = pass!(file, xWrite, ffi::SQLITE_IOERR_WRITE, from, part as c_int, at);
            }
            match reason {
                Reason::Io => ffi::SQLITE_IOERR_WRITE,
                Reason::Full => ffi::SQLITE_FULL,
            }
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    match judge() {
        Verdict::Fail => ffi::SQLITE_IOERR_TRUNCATE,
        Verdict::Pass => pass!(file, xTruncate, ffi::SQLITE_IOERR_TRUNCATE, length),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    match judge() {
        Verdict::Fail => ffi::SQLITE_IOERR_FSYNC,
        Verdict::Pass => pass!(file, xSync, ffi::SQLITE_IOERR_FSYNC, flags),
    }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    match judge() {
        Verdict::Fail => ffi::SQLITE_IOERR_FSTAT,
        Verdict::Pass => pass!(file, xFileSize, ffi::SQLITE_IOERR_FSTAT, size),
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, how: c_int) -> c_int {
    pass!(file, xLock, ffi::SQLITE_OK, how)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, how: c_int) -> c_int {
    pass!(file, xUnlock, ffi::SQLITE_OK, how)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock, ffi::SQLITE_OK, out)
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, op: c_int, value: *mut c_void) -> c_int {
    pass!(file, xFileControl, ffi::SQLITE_NOTFOUND, op, value)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xSectorSize, 4096)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics, 0)
}
