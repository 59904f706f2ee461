package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// target is what a path leads to.
type target struct {
	path    string // without links, when it is to be renamed over
	through bool   // to be opened and written: a device, a pipe, an open descriptor
	own     int    // the descriptor of this process that the path names, or −1
}

// mostLinks is Linux's own limit of links in one path.
const mostLinks = 40

// resolve follows the links at path, to a name that need not exist.
func resolve(path string) (target, error) {
	fail := func(err error) (target, error) { return target{}, fmt.Errorf("atomicfile: %w", err) }
	at := path
	for range mostLinks {
		dir, base := filepath.Split(at)
		if base == "" || base == "." || base == ".." {
			return fail(fmt.Errorf("path %q does not name a file", path))
		}
		dir = filepath.Clean(dir)
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fail(err)
		}
		at = filepath.Join(dir, base)
		if n, ok := descriptor(dir, base); ok {
			return target{at, true, n}, nil
		}
		st, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return target{at, false, -1}, nil
		case err != nil:
			return fail(err)
		case st.IsDir():
			return fail(fmt.Errorf("%s is a directory, want a file or nothing", path))
		case st.Mode().Type() != fs.ModeSymlink:
			return target{at, !st.Mode().IsRegular(), -1}, nil
		}
		link, err := os.Readlink(at)
		if err != nil {
			return fail(err)
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(dir, link)
		}
		at = link
	}
	return fail(fmt.Errorf("%s: more than %d symbolic links", path, mostLinks))
}

// descriptor reports whether base in dir, a directory without links, is an open
// file and not a name: /proc/PID/fd/N, where the links /dev/stdout and /dev/fd/N of
// Linux end, or /dev/fd/N of other systems. Such a name is of what is open even
// where that is a regular file: the shell's > goes on with it after a rename. The
// number is that of a descriptor of this process, or −1.
func descriptor(dir, base string) (int, bool) {
	if dir != "/dev/fd" && !strings.HasPrefix(dir, "/proc/") {
		return -1, false
	}
	n, err := strconv.ParseUint(base, 10, 31)
	if own := fmt.Sprintf("/proc/%d/fd", os.Getpid()); err != nil || dir != own && dir != "/dev/fd" {
		return -1, true
	}
	return int(n), true
}

// open opens what is to be written through.
func (t target) open() (*os.File, error) {
	if t.own >= 0 {
		return duplicate(t.own, t.path)
	}
	return os.OpenFile(t.path, os.O_WRONLY|os.O_TRUNC, 0)
}

// Ready says now, before there is work to lose, what would keep [Write] from
// making path: a directory in its place; a directory above it that is not ours to
// write in, is a file, or cannot be made; a device that is not ours to write. It
// leaves nothing behind and opens neither device nor pipe. A disk that is full, and
// what happens to the path until then, it cannot know.
func Ready(path string) error {
	t, err := resolve(path)
	if err != nil {
		return err
	}
	if t.own >= 0 {
		f, err := t.open() // a second descriptor: to close it ends nothing
		if err != nil {
			return fmt.Errorf("atomicfile: Ready: %w", err)
		}
		return f.Close()
	}
	if t.through {
		if err := writable(t.path); err != nil {
			return fmt.Errorf("atomicfile: Ready: %s cannot be written: %w", path, err)
		}
		return nil
	}
	at, missing := t.path, []string{}
	for { // upwards to the first directory that is there
		missing = append(missing, filepath.Base(at))
		dir := filepath.Dir(at)
		st, err := os.Stat(dir)
		if err == nil && st.IsDir() {
			break
		}
		if err == nil {
			return fmt.Errorf("atomicfile: Ready: %s: above it, %s is no directory", path, dir)
		}
		if _, link := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || link == nil || dir == at {
			return fmt.Errorf("atomicfile: Ready: %w", err) // a link to nothing is no directory to make
		}
		at = dir
	}
	for _, name := range missing { // to look for a name tells whether it is too long
		_, err := os.Lstat(filepath.Join(filepath.Dir(at), name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("atomicfile: Ready: %w", err)
		}
	}
	f, err := create(at)
	if err != nil {
		return fmt.Errorf("atomicfile: Ready: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
