package manifest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Of is what find makes of the files together, from the manifest where none of them has changed
// since. What names the fact, with everything beside the files that it depends on: the parameters
// of find, and a number that changes with its code. T must survive JSON.
func Of[T any](what string, files []string, find func() (T, error)) (T, error) {
	var none T
	paths := make([]string, len(files))
	for i, file := range files {
		var err error
		if paths[i], err = filepath.Abs(file); err != nil {
			return none, fmt.Errorf("manifest: %w", err)
		}
	}
	all, err := facts(what, strings.Join(paths, "\x00"), "", [][]string{paths},
		func(int) (T, error) { return find() })
	if err != nil {
		return none, err
	}
	return all[0], nil
}

// Each is what find makes of each of the files: those that are new or have changed since the
// manifest was written are read, several at a time, and no others. Names are those of files in
// the directory root; find is given the index of one. Of several faults the error is the first in
// the order of the names. See [Of] for what.
func Each[T any](what, root string, names []string, find func(i int) (T, error)) ([]T, error) {
	groups := make([][]string, len(names))
	for i := range names {
		groups[i] = names[i : i+1 : i+1]
	}
	return facts(what, "", root, groups, find)
}

// known is one entry of a manifest: files, how they were, and what was found of them together.
type known[T any] struct {
	Names  []name  `json:"names"`
	Stamps []Stamp `json:"stamps"`
	Value  T       `json:"value"`
}

// facts finds a fact of each group of files in root. No group is empty, and no two begin with the
// same file.
func facts[T any](what, key, root string, groups [][]string, find func(i int) (T, error)) ([]T, error) {
	begin := time.Now()
	now := make([]known[T], len(groups))
	err := parallel(len(groups), func(i int) (err error) {
		now[i].Names, now[i].Stamps, err = stat(root, groups[i])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	path, fault := place(what, key, root)
	var old map[name]known[T]
	if fault == nil {
		old = load[T](path, what)
	}
	var todo []int
	for i := range now {
		if k, ok := old[now[i].Names[0]]; ok && slices.Equal(k.Names, now[i].Names) &&
			slices.Equal(k.Stamps, now[i].Stamps) {
			now[i].Value = k.Value
			continue
		}
		todo = append(todo, i)
	}
	if err := findAll(root, now, todo, find); err != nil {
		return nil, err
	}
	if len(todo) > 0 && bytesOf(now) >= least {
		if fault == nil {
			fault = save(path, what, settled(now, begin))
		}
		unwritable(fault)
	}
	values := make([]T, len(now))
	for i := range now {
		values[i] = now[i].Value
	}
	return values, nil
}

// findAll finds the facts of the entries todo, and holds their files to what they were before.
func findAll[T any](root string, now []known[T], todo []int, find func(i int) (T, error)) error {
	p := progress{}
	for _, i := range todo {
		p.total += now[i].bytes()
	}
	return parallel(len(todo), func(t int) (err error) {
		k := &now[todo[t]]
		if k.Value, err = find(todo[t]); err != nil {
			return err
		}
		for j, n := range k.Names {
			path := filepath.Join(root, string(n))
			if err := k.Stamps[j].Check(path, "when its reading began"); err != nil {
				return fmt.Errorf("manifest: %w", err)
			}
		}
		p.add(k.bytes())
		return nil
	})
}

// stat looks at the files of a group.
func stat(root string, files []string) ([]name, []Stamp, error) {
	names, stamps := make([]name, len(files)), make([]Stamp, len(files))
	for j, file := range files {
		s, err := Stat(filepath.Join(root, file))
		if err != nil {
			return nil, nil, err
		}
		names[j], stamps[j] = name(file), s
	}
	return names, stamps, nil
}

// coarse is the time in which two changes of a file may have one time of modification.
const coarse = 2 * time.Second

// settled are the entries whose files were last changed so long before begin that a later change
// has another time.
func settled[T any](all []known[T], begin time.Time) []known[T] {
	late := begin.Add(-coarse).UnixNano()
	return slices.DeleteFunc(slices.Clone(all), func(k known[T]) bool {
		return slices.ContainsFunc(k.Stamps, func(s Stamp) bool { return s.Modified > late })
	})
}

// bytes is the size of the files of k.
func (k *known[T]) bytes() (n int64) {
	for _, s := range k.Stamps {
		n += s.Size
	}
	return n
}

func bytesOf[T any](all []known[T]) (n int64) {
	for i := range all {
		n += all[i].bytes()
	}
	return n
}

// parallel calls f with 0 … n−1 on every core. The error is that of the lowest number that has
// one; numbers above it may be left out.
func parallel(n int, f func(i int) error) error {
	var next, end atomic.Int64
	end.Store(int64(n))
	faults := make(map[int64]error)
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < end.Load(); i = next.Add(1) - 1 {
				if err := f(int(i)); err != nil {
					lock.Lock()
					faults[i] = err
					end.Store(min(end.Load(), i))
					lock.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return faults[end.Load()]
}
