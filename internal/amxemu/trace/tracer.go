//go:build linux && amd64

package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// process is what the threads of a process share.
type process struct {
	memory
	*program
	permission bool // to use tile data
}

// tracer runs one program and the programs that it starts.
type tracer struct {
	Options
	Counters
	log     io.Writer
	main    int
	threads map[int]*thread // by number
	status  int             // of the program, once it has ended
}

// The exit statuses of a tracer, besides those of the program.
const (
	statusLeft    = 70 // the program is well but returned from calls with tiles configured
	statusFailed  = 71 // the tracer itself is not
	statusRefused = 77 // the system does not let it trace
)

// summary begins the tracer's last line, which has its counters.
const summary = "amxemu: in all "

// errRefused is the error of a system without ptrace, or without what else a tracer needs of it.
var errRefused = errors.New("trace: the system refuses ptrace, or part of it")

// Run runs a program with arguments and environment until it and all that it started have ended. It
// returns its exit status, 128 and the number of the signal that it died of, or one of the statuses of a
// tracer. What the tracer has to say goes to log. The caller is locked to its operating system's thread and
// has started no other process.
func Run(o Options, log io.Writer, program string, arguments, environment []string) (int, error) {
	if err := quietChildren(); err != nil {
		return statusFailed, err
	}
	pid, err := syscall.ForkExec(program, arguments, &syscall.ProcAttr{Env: environment,
		Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Ptrace: true}})
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
		return statusRefused, fmt.Errorf("%w: %w", errRefused, err)
	}
	if err != nil {
		return statusFailed, fmt.Errorf("trace: starting %s: %w", program, err)
	}
	t := &tracer{Options: o, log: log, main: pid, threads: map[int]*thread{}, status: statusFailed}
	if err := t.begin(); err != nil {
		syscall.Kill(pid, syscall.SIGKILL) // it must not go on untraced
		if errors.Is(err, errRefused) {
			return statusRefused, err
		}
		return statusFailed, err
	}
	for {
		var ws syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &ws, syscall.WALL, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.ECHILD:
			if t.status == 0 && t.Left > 0 {
				t.status = statusLeft
			}
			all, err := json.Marshal(t.Counters)
			fmt.Fprintf(log, "%s%s\n", summary, all)
			return t.status, err
		case err != nil:
			return statusFailed, fmt.Errorf("trace: waiting: %w", err)
		}
		if err := t.changed(tid, ws); err != nil && !errors.Is(err, syscall.ESRCH) {
			return statusFailed, err
		}
	}
}

// begin takes the program from its first stop, after which nothing of it has run.
func (t *tracer) begin() error {
	const options = syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK |
		syscall.PTRACE_O_TRACEEXEC | 1<<7 /* SECCOMP */ | 1<<20 /* EXITKILL */
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(t.main, &ws, 0, nil); err != nil || !ws.Stopped() {
		return fmt.Errorf("trace: process %d did not stop at its start: %#x, %w", t.main, uint32(ws), err)
	}
	if err := syscall.PtraceSetOptions(t.main, options); err != nil {
		return fmt.Errorf("%w: options for process %d: %w", errRefused, t.main, err)
	}
	if err := install(t.main); err != nil {
		return fmt.Errorf("%w: a filter of system calls: %w", errRefused, err)
	}
	if err := errors.Join(breakAt(t.main, uint64(len(known))), breakAt(t.main, 0)); err != nil {
		return fmt.Errorf("%w: a breakpoint: %w", errRefused, err)
	}
	if err := t.executed(t.main); err != nil {
		return err
	}
	return resume(t.main, 0)
}

// executed makes a thread that has begun another program the only one of a new process.
func (t *tracer) executed(tid int) error {
	p, err := open(tid, t.Mutants)
	if err != nil {
		return err
	}
	t.threads[tid] = &thread{tid: tid, process: &process{memory: memory(tid), program: p}}
	return nil
}

// changed handles one change of a thread and lets it go on.
func (t *tracer) changed(tid int, ws syscall.WaitStatus) error {
	if ws.Exited() || ws.Signaled() {
		delete(t.threads, tid)
		if tid == t.main {
			if t.status = ws.ExitStatus(); ws.Signaled() {
				t.status = 128 + int(ws.Signal())
			}
		}
		return nil
	}
	th, signal := t.threads[tid], ws.StopSignal()
	if th == nil {
		// A new thread may be seen before its parent has told of it. It waits for that.
		t.threads[tid] = &thread{tid: tid}
		return nil
	}
	switch event := int(ws) >> 16; {
	case event == syscall.PTRACE_EVENT_CLONE || event == syscall.PTRACE_EVENT_FORK ||
		event == syscall.PTRACE_EVENT_VFORK:
		return t.cloned(th, event)
	case event == syscall.PTRACE_EVENT_EXEC:
		if err := t.executed(tid); err != nil {
			return err
		}
		signal = 0
	case event == 7: // SECCOMP
		if err := t.called(th); err != nil {
			return err
		}
		signal = 0
	case th.process == nil:
		return nil // still not told of
	case th.starting && signal == syscall.SIGSTOP:
		th.starting, signal = false, 0
	case signal == syscall.SIGILL:
		s, err := t.illegal(th)
		if err != nil {
			return err
		}
		signal = s
	case signal == syscall.SIGTRAP:
		s, err := t.returned(th)
		if err != nil {
			return err
		}
		signal = s
	}
	return resume(tid, signal)
}

// cloned takes a thread, or a process, that th has started.
func (t *tracer) cloned(th *thread, event int) error {
	message, err := syscall.PtraceGetEventMsg(th.tid)
	if err != nil {
		return err
	}
	tid := int(message)
	c := t.threads[tid]
	early := c != nil // it has stopped already
	if c == nil {
		c = &thread{tid: tid, starting: true}
		t.threads[tid] = c
	}
	c.process = th.process
	if of := processOf(tid); of != int(th.memory) && of != 0 {
		own := *th.process
		own.memory = memory(of)
		c.process = &own
	}
	if event == syscall.PTRACE_EVENT_VFORK {
		c.stack = th.stack // a thread begins without a signal stack, a borrower of one's memory with it
	}
	if early {
		if err := resume(tid, 0); err != nil {
			return err
		}
	}
	return resume(th.tid, 0)
}

// processOf is the process that a thread belongs to, 0 where it has ended.
func processOf(tid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	if err != nil {
		return 0
	}
	var n int
	_, after, _ := strings.Cut(string(b), "\nTgid:")
	if _, err := fmt.Sscan(after, &n); err != nil {
		return 0
	}
	return n
}
