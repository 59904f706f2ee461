package kernels

// A Job is a kernel bound to its operands and its scratch memory. Do runs it on the pool
// and returns when it is done; it allocates nothing. Work is split into items by the
// shape alone, so the result does not depend on the number of workers.
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

// NewJob is a job of one stage: f does one item, with the scratch memory of a worker.
func NewJob(p *Pool, items int, f func(worker, item int)) *Job {
	return (&Job{pool: p}).then(items, f)
}

// then adds a stage, which begins when the stages before it are done.
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

// grain is about how many elements an item has.
const grain = 16384

// chunks splits n rows of size elements into items of about grain elements: per rows in
// each, and in the last what is left.
func chunks(n, size int) (items, per int) {
	per = max(1, grain/max(1, size))
	return ceilDiv(n, per), per
}
