package memory

import (
	"math"
	"os"
	"os/exec"
	"testing"
	"testing/fstest"
)

func TestContainers(t *testing.T) {
	const unlimited = "9223372036854771712\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  uint64 // the least, 0 for none
	}{
		{"nothing", nil, 0},
		{"version two", map[string]string{"proc/self/cgroup": "0::/user/a\n",
			"sys/fs/cgroup/user/a/memory.max":      "1000\n",
			"sys/fs/cgroup/user/a/memory.swap.max": "20\n"}, 1020},
		{"version two, swap as on the machine", map[string]string{"proc/self/cgroup": "0::/a\n",
			"sys/fs/cgroup/a/memory.max": "1000\n", "sys/fs/cgroup/a/memory.swap.max": "max\n"}, 1100},
		{"version two, more swap than there is", map[string]string{"proc/self/cgroup": "0::/a\n",
			"sys/fs/cgroup/a/memory.max": "1000\n", "sys/fs/cgroup/a/memory.swap.max": "5000\n"}, 1100},
		{"a limit of the group above", map[string]string{"proc/self/cgroup": "0::/user/a\n",
			"sys/fs/cgroup/user/a/memory.max": "max\n", "sys/fs/cgroup/user/memory.max": "700\n",
			"sys/fs/cgroup/user/memory.swap.max": "0\n"}, 700},
		{"seen from inside", map[string]string{"proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "500\n", "sys/fs/cgroup/memory.swap.max": "0\n"}, 500},
		{"outside of what is mounted", map[string]string{"proc/self/cgroup": "0::/../../b\n",
			"sys/fs/cgroup/memory.max": "500\n", "sys/fs/cgroup/memory.swap.max": "0\n"}, 500},
		{"no limit", map[string]string{"proc/self/cgroup": "0::/a\n",
			"sys/fs/cgroup/a/memory.max": "max\n"}, 0},
		{"version one", map[string]string{"proc/self/cgroup": "3:cpu:/\n2:hugetlb,memory:/docker/x\n0::/\n",
			"sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "300\n"}, 400},
		{"version one, with swap", map[string]string{"proc/self/cgroup": "2:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":       "300\n",
			"sys/fs/cgroup/memory/memory.memsw.limit_in_bytes": "350\n"}, 350},
		{"version one, no limit", map[string]string{"proc/self/cgroup": "2:memory:/x\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": unlimited,
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   unlimited}, 0},
		{"version one, its path is the host's", map[string]string{"proc/self/cgroup": "2:memory:/docker/x\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "300\n"}, 400},
		{"no numbers", map[string]string{"proc/self/cgroup": "0::/a\nnonsense\n",
			"sys/fs/cgroup/a/memory.max": "-5\n"}, 0},
	} {
		root := fstest.MapFS{}
		for name, text := range tt.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		got, ok := least(containers(root, 100))
		if ok != (tt.want > 0) || ok && got.Bytes != tt.want {
			t.Errorf("%s: %+v, want %d", tt.name, got, tt.want)
		}
	}
}

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		want uint64
		text string
	}{
		{900, ""},
		{901, "want 901 bytes, the machine has 1000 and 100 of them are in use"},
		{1001, "want 1001 bytes, the machine has 1000"},
		{math.MaxUint64, "want 18446744073709551615 bytes, the machine has 1000"},
	} {
		err := Limit{1000, 100, "the machine has"}.fits(tt.want)
		if (err == nil) != (tt.text == "") || err != nil && err.Error() != tt.text {
			t.Errorf("%d: %v, want %q", tt.want, err, tt.text)
		}
	}
	if got := (Limit{Bytes: 5, Used: 7}).left(); got != 0 {
		t.Errorf("%d bytes are left of a limit that is exceeded", got)
	}
}

// What this process holds, touched or not, counts; what it has given up does not.
func TestUsed(t *testing.T) {
	before, ok := Least()
	if !ok {
		t.Skip("this system tells no limit")
	}
	const size = 1 << 28
	held := make([]byte, size)
	during, _ := Least()
	if d := before.left() - during.left(); d < size*9/10 || d > size*11/10 {
		t.Errorf("%d bytes make what is left less by %d", size, d)
	}
	held[0] = 1
	if err := Fits(before.left() - size/2); err == nil {
		t.Error("what is held can be had once more")
	}
	if held[0] != 1 {
		t.Error("the memory is gone")
	}
	held = nil
	if err := Fits(before.left() - size/2); err != nil {
		t.Errorf("what was given up cannot be had: %v", err)
	}
}

// ulimit -v is a limit, beyond what the process has of addresses already.
func TestAddresses(t *testing.T) {
	if os.Getenv("STILLFIELD_TEST_LIMIT") != "" {
		for _, want := range []uint64{1 << 30, 40 << 30} {
			if err := Fits(want); err != nil {
				os.Stdout.WriteString(err.Error() + "\n")
			}
		}
		os.Exit(0)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "/bin/sh", "-c",
		`ulimit -v 8000000 && exec "$0" -test.run Addresses`, exe)
	c.Env = append(os.Environ(), "STILLFIELD_TEST_LIMIT=yes")
	out, err := c.Output()
	if err != nil {
		t.Skipf("no ulimit -v: %v", err)
	}
	if _, ok := Least(); !ok {
		t.Skip("this system tells no limit")
	}
	if want := "want 42949672960 bytes, ulimit -v allows 8192000000\n"; string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
