//go:build amd64 || arm64

package nccl

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ebitengine/purego"
)

// Every argument arrives in its place, the identifier, which is passed by value, among them. The
// library is C, so the test takes a C compiler.
func TestConvention(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	file := filepath.Join(t.TempDir(), "convention.so")
	out, err := exec.Command(cc, "-shared", "-fPIC", "-o", file, "testdata/convention.c").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	handle, err := purego.Dlopen(file, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := bind(handle)
	if err != nil {
		t.Fatal(err)
	}
	if v, c := l.GetVersion(); v != 22803 || c != 0 {
		t.Errorf("version %d, code %d", v, c)
	}
	if s := l.GetErrorString(InvalidArgument); s != "invalid argument" {
		t.Errorf("words %q", s)
	}
	id, c := l.GetUniqueId()
	if id[0] != 1 || id[127] != 128 || c != 0 {
		t.Errorf("identifier %v, code %d", id, c)
	}
	k, c := l.CommInitRank(2, id, 4)
	if k != 0x123456789abc || c != 0 {
		t.Errorf("communicator %#x, code %d", k, c)
	}
	found, c := l.CommGetAsyncError(1)
	if found != RemoteError || c != 0 {
		t.Errorf("found %d, code %d", found, c)
	}
	for name, c := range map[string]Code{
		"CommAbort": l.CommAbort(1), "CommDestroy": l.CommDestroy(1),
		"GroupStart": l.GroupStart(), "GroupEnd": l.GroupEnd(),
		"AllReduce": l.AllReduce(1, 2, 3, 4, 5, 6, 7), "Broadcast": l.Broadcast(1, 2, 3, 4, 5, 6, 7),
		"AllGather": l.AllGather(1, 2, 3, 4, 5, 6),
		"Send":      l.Send(1, 2, 3, 4, 5, 6), "Recv": l.Recv(1, 2, 3, 4, 5, 6),
	} {
		if c != 0 {
			t.Errorf("%s: code %d", name, c)
		}
	}
	if c := l.Send(1, 2, 3, 4, 6, 5); c != InvalidArgument {
		t.Errorf("two arguments changed places, and the code is %d", c)
	}
}

// A machine without NCCL says so.
func TestLoad(t *testing.T) {
	if l, err := load(); (l == nil) != (err != nil) || err != nil && !errors.Is(err, ErrNoLibrary) {
		t.Errorf("load gave %v, %v", l, err)
	}
}
