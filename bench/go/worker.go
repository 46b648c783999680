package main

// Task says what to do with a message.
type Task int

const TaskNoop Task = iota

// Message is one thing to do; N is its number in the benchmark.
type Message struct {
	Task Task
	N    int
}

// Worker keeps messages in a channel and works them one after the other, as the seed's worker does.
type Worker struct {
	queue  chan Message
	noop   func(n int) error
	left   int
	worked chan struct{}
}

// NewWorker makes a worker that closes worked when messages of them have succeeded.
func NewWorker(noop func(n int) error, messages int) *Worker {
	return &Worker{
		queue:  make(chan Message, 100),
		noop:   noop,
		left:   messages,
		worked: make(chan struct{}),
	}
}

// Send returns when the channel has taken every message.
func (w *Worker) Send(messages ...Message) {
	for _, m := range messages {
		w.queue <- m
	}
}

// Run works messages until the last has succeeded. One that failed is sent again, by a goroutine: Run would wait for itself
// where the channel is full.
func (w *Worker) Run() {
	for m := range w.queue {
		var err error
		switch m.Task {
		case TaskNoop:
			err = w.noop(m.N)
		}
		if err != nil {
			go w.Send(m)
			continue
		}
		w.left--
		if w.left == 0 {
			close(w.worked)
			return
		}
	}
}
