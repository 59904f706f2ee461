package comm

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Place is where a rank runs, and beside which others.
type Place struct {
	Rank  int    `json:"rank"`
	Host  string `json:"host"`
	Boot  string `json:"boot,omitempty"` // of the host's kernel: two hosts may have one name
	PID   int    `json:"pid"`
	Cores []int  `json:"cores"` // that this rank may use, of the host's
	Of    int    `json:"of"`    // cores that the host has
	// Limit is what a container grants its processes together, in cores; 0 where nothing does.
	Limit int `json:"limit,omitempty"`
	// Index is the number of the rank among those of its host, in the order of ranks, and
	// Beside how many these are: which GPU is its, and of how many.
	Index  int `json:"index"`
	Beside int `json:"beside"`
	// Workers is its share of the cores: each is shared by the ranks that may use it.
	Workers int `json:"workers"`
}

// Places says where every rank runs. All ranks call it, and have the same answer.
func Places(g *Group) ([]Place, error) {
	text, err := json.Marshal(here(g.Rank()))
	if err != nil {
		return nil, err
	}
	texts, err := GatherBytes(g, text)
	if err != nil {
		return nil, err
	}
	list := make([]Place, len(texts))
	for r, text := range texts {
		if err := json.Unmarshal(text, &list[r]); err != nil {
			return nil, fmt.Errorf("comm: what rank %d says of its place: %w", r, err)
		}
	}
	share(list)
	return list, nil
}

// here is what a rank knows of its place by itself.
func here(rank int) Place {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // Linux alone has it
	p := Place{Rank: rank, Host: host, Boot: strings.TrimSpace(string(boot)), PID: os.Getpid()}
	p.Cores, p.Of = cores()
	if n := runtime.GOMAXPROCS(0); n < len(p.Cores) && os.Getenv("GOMAXPROCS") == "" {
		p.Limit = n
	}
	return p
}

// share fills in what follows from all places: which ranks are of one host, and what of its
// cores each of them has.
func share(list []Place) {
	type host struct{ name, boot string }
	of := func(p Place) host { return host{p.Host, p.Boot} }
	ranks := map[host][]int{}
	users := map[host]map[int]int{} // of each core
	for r, p := range list {
		h := of(p)
		list[r].Index = len(ranks[h])
		ranks[h] = append(ranks[h], r)
		if users[h] == nil {
			users[h] = map[int]int{}
		}
		for _, c := range p.Cores {
			users[h][c]++
		}
	}
	for r := range list {
		p := &list[r]
		p.Beside = len(ranks[of(*p)])
		mine := 0.0
		for _, c := range p.Cores {
			mine += 1 / float64(users[of(*p)][c])
		}
		p.Workers = int(mine + 1e-9) // eight eighths are one
		if p.Limit > 0 {
			p.Workers = min(p.Workers, p.Limit/p.Beside)
		}
		p.Workers = max(1, p.Workers)
	}
}

// Warnings says what of the places costs speed: ranks that are bound to one core of many, and
// ranks that share one.
func Warnings(list []Place) []string {
	var said []string
	for first, p := range list {
		if p.Index != 0 {
			continue
		}
		used, bound, ranks := map[int]bool{}, 0, 0
		for _, q := range list[first:] {
			if q.Host != p.Host || q.Boot != p.Boot {
				continue
			}
			ranks++
			if len(q.Cores) == 1 {
				bound++
			}
			for _, c := range q.Cores {
				used[c] = true
			}
		}
		if bound > 0 && len(used) < p.Of {
			said = append(said, fmt.Sprintf("%s: %d of %d ranks may use one core each, of %d: mpirun binds "+
				"them so unless told --bind-to none or --map-by slot:PE=k", p.Host, bound, ranks, p.Of))
		}
		if len(used) < ranks {
			said = append(said, fmt.Sprintf("%s: %d ranks share %d cores", p.Host, ranks, len(used)))
		}
	}
	return said
}
