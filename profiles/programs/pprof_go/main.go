// Command pprof_go sorts words and waits on a channel for a few seconds and writes its own profiles:
// cpu.pb.gz, heap.pb.gz, goroutine.pb.gz, block.pb.gz, mutex.pb.gz and the last two as text (block.txt, mutex.txt) in the
// working directory. usage: pprof_go SECONDS
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/pprof"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

func words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa((i*7919)%n) + strings.Repeat("x", i%5)
	}
	return out
}

func sortWords(n int) string {
	w := words(n)
	sort.Strings(w)
	return w[0]
}

func collatz(limit int) int {
	longest := 0
	for i := 1; i < limit; i++ {
		steps := 0
		for n := i; n != 1; steps++ {
			if n%2 == 0 {
				n /= 2
			} else {
				n = 3*n + 1
			}
		}
		if steps > longest {
			longest = steps
		}
	}
	return longest
}

func waiter(c <-chan int, done chan<- int) {
	total := 0
	for v := range c {
		total += v
	}
	done <- total
}

// count adds under a lock that two goroutines want, and holds it for a while.
func count(lock *sync.Mutex, total *int, done chan<- int) {
	for i := 0; i < 200; i++ {
		lock.Lock()
		*total += collatz(500)
		lock.Unlock()
	}
	done <- 0
}

func write(name, suffix string, debug int) {
	f, err := os.Create(name + suffix)
	if err != nil {
		log.Fatal(err)
	}
	if err := pprof.Lookup(name).WriteTo(f, debug); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}

func main() {
	seconds, err := strconv.ParseFloat(os.Args[1], 64)
	if err != nil {
		log.Fatal(err)
	}
	runtime.SetBlockProfileRate(10000)
	runtime.SetMutexProfileFraction(1)
	f, err := os.Create("cpu.pb.gz")
	if err != nil {
		log.Fatal(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		log.Fatal(err)
	}
	c, done := make(chan int), make(chan int)
	go waiter(c, done)
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for time.Now().Before(end) {
		pprof.Do(context.Background(), pprof.Labels("stage", "sort"), func(context.Context) { sortWords(40000) })
		pprof.Do(context.Background(), pprof.Labels("stage", "collatz"), func(context.Context) { c <- collatz(60000) })
		time.Sleep(30 * time.Millisecond)
	}
	write("goroutine", ".pb.gz", 0)
	var lock sync.Mutex
	total := 0
	go count(&lock, &total, done)
	go count(&lock, &total, done)
	<-done
	<-done
	close(c)
	fmt.Println(<-done)
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
	write("heap", ".pb.gz", 0)
	for _, name := range []string{"block", "mutex"} {
		write(name, ".pb.gz", 0)
		write(name, ".txt", 1)
	}
}
