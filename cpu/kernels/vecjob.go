package kernels

// A Job is a kernel bound to its operands and its scratch memory. Do runs it on
// the pool and returns when it is done; it allocates nothing. The results do not
// depend on the number of workers: what is cut up is cut by the shape alone.
type Job struct {
	pool   *Pool
	stages []stage
}

// stage is a task and its number of items. Stages run one after the other.
type stage struct {
	task  Task
	items int
}

// taskFunc is a function as a Task.
type taskFunc func(worker, item int)

// Run calls f.
func (f taskFunc) Run(worker, item int) { f(worker, item) }

// NewJob is a job of one stage.
func NewJob(p *Pool, items int, f func(worker, item int)) *Job {
	return (&Job{pool: p}).then(items, f)
}

func (j *Job) then(items int, f func(worker, item int)) *Job {
	j.stages = append(j.stages, stage{taskFunc(f), items})
	return j
}

// Do runs the job.
func (j *Job) Do() {
	for i := range j.stages {
		j.pool.Run(j.stages[i].task, j.stages[i].items)
	}
}

// grain is about how many elements make an item.
const grain = 16384

// chunks ceilDiv n things of size elements each into items: per of them in each.
func chunks(n, size int) (items, per int) {
	per = max(1, grain/max(1, size))
	return ceilDiv(n, per), per
}
