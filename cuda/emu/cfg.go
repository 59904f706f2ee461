package emu

// joins finds, for every branch of code[first:last], the instruction where the
// lanes that part there meet again: the immediate post-dominator. last is the
// function's end, where its returns lead.
//
// Post-dominators are dominators of the reversed graph; the iteration is that
// of Cooper, Harvey and Kennedy over instructions in reverse postorder.
func (p *program) joins(first, last int32) {
	n := int(last-first) + 1 // the end is a node
	succ := make([][]int32, n)
	pred := make([][]int32, n)
	for i := range n - 1 {
		succ[i] = p.successors(first+int32(i), first, last)
		for _, s := range succ[i] {
			pred[s] = append(pred[s], int32(i))
		}
	}
	order := reverseOrder(pred, int32(n-1))
	number := make([]int, n)
	for k, v := range order {
		number[v] = k
	}
	idom := make([]int32, n)
	for i := range idom {
		idom[i] = -1
	}
	end := int32(n - 1)
	idom[end] = end
	for changed := true; changed; {
		changed = false
		for _, v := range order[1:] {
			best := int32(-1)
			for _, s := range succ[v] {
				if idom[s] < 0 {
					continue
				}
				if best < 0 {
					best = s
					continue
				}
				best = intersect(idom, number, best, s)
			}
			if best != idom[v] {
				idom[v], changed = best, true
			}
		}
	}
	for i := range n - 1 {
		in := &p.code[first+int32(i)]
		if in.kind != kindBranch && in.kind != kindTable {
			continue
		}
		if j := idom[i]; j >= 0 && (j != end || p.code[last].kind == kindReturn) {
			in.join = first + j
		}
	}
}

func intersect(idom []int32, number []int, a, b int32) int32 {
	for a != b {
		for number[a] > number[b] {
			a = idom[a]
		}
		for number[b] > number[a] {
			b = idom[b]
		}
	}
	return a
}

// successors of an instruction, relative to first.
func (p *program) successors(i, first, last int32) []int32 {
	in := &p.code[i]
	always := in.guard == truePred && in.flip == 0
	next := i + 1 - first
	switch in.kind {
	case kindBranch:
		if always {
			return []int32{in.target - first}
		}
		return []int32{in.target - first, next}
	case kindTable:
		var s []int32
		for _, t := range in.x.table {
			s = append(s, t-first)
		}
		if !always || len(s) == 0 {
			s = append(s, next)
		}
		return s
	case kindExit:
		if always {
			return []int32{last - first}
		}
		return []int32{last - first, next}
	}
	return []int32{next}
}

// reverseOrder is the reverse postorder of a depth-first walk from root.
func reverseOrder(next [][]int32, root int32) []int32 {
	seen := make([]bool, len(next))
	type step struct {
		v int32
		k int
	}
	stack := []step{{root, 0}}
	seen[root] = true
	var post []int32
	for len(stack) > 0 {
		s := &stack[len(stack)-1]
		if s.k < len(next[s.v]) {
			u := next[s.v][s.k]
			s.k++
			if !seen[u] {
				seen[u] = true
				stack = append(stack, step{u, 0})
			}
			continue
		}
		post = append(post, s.v)
		stack = stack[:len(stack)-1]
	}
	for i, j := 0, len(post)-1; i < j; i, j = i+1, j-1 {
		post[i], post[j] = post[j], post[i]
	}
	return post
}
