// The Go side of `npm run bench -- memory`: sends no-op messages to a worker, and prints the milliseconds as JSON.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

// Of messages that fail, every tenth fails, once.
const failsEvery = 10

func main() {
	messages := flag.Int("messages", 1_000_000, "messages to send")
	callSize := flag.Int("call", 100, "messages in one call of Send")
	failing := flag.Bool("failing", false, "every tenth message fails once")
	flag.Parse()

	runs := make([]uint8, *messages)
	worker := NewWorker(func(n int) error {
		runs[n]++
		if *failing && runs[n] == 1 && n%failsEvery == 0 {
			return errors.New("not yet")
		}
		return nil
	}, *messages)

	start := time.Now()
	go worker.Run()
	call := make([]Message, 0, *callSize)
	for n := range *messages {
		call = append(call, Message{Task: TaskNoop, N: n})
		if len(call) == cap(call) {
			worker.Send(call...)
			call = call[:0]
		}
	}
	worker.Send(call...)
	<-worker.worked
	ms := float64(time.Since(start).Microseconds()) / 1000

	for n, times := range runs {
		due := uint8(1)
		if *failing && n%failsEvery == 0 {
			due = 2
		}
		if times != due {
			fmt.Fprintf(os.Stderr, "message %d ran %d times, not %d\n", n, times, due)
			os.Exit(1)
		}
	}
	fmt.Printf("{\"ms\":%g}\n", ms)
}
