#!/bin/sh
# Makes the samples of profiles/formats again, one folder per format, each with a README of tool, version and command.
# record_formats.sh [FORMAT...]   (none: all). Called by record_all.sh in /srv/app; FLAMEGRAPH names a checkout of FlameGraph.
set -eu
out=$(cd "$(dirname "$0")" && pwd)/formats
fg=${FLAMEGRAPH:-/opt/profilers/FlameGraph}
py=/usr/bin/python3
PATH=$PATH:$fg
cd /srv/app
cc -O1 -g -fno-omit-frame-pointer -pthread -o waits waits.c
want() { [ -z "$only" ] || case " $only " in *" $1 "*) true ;; *) false ;; esac; }
only="$*"

v_perf="perf $(perf --version | cut -d' ' -f3)"
v_pyspy="$(py-spy --version)"
v_node="node $(node --version | tr -d v)"
v_clinic="clinic $(clinic --version | tr -d v)"
v_0x="0x 6.0.0"
v_inferno="inferno $(cargo install --root /opt/profilers/cargo --list | sed -n 's/^inferno v\(.*\):$/\1/p')"
v_fg="FlameGraph 41fee1f (2024-10-21)"
v_time="GNU time 1.9"
v_python="Python $($py --version | cut -d' ' -f2)"

begin() {  # FORMAT: a fresh folder with a fresh README
	fmt=$1
	rm -rf "${out:?}/$fmt"
	mkdir -p "$out/$fmt"
	shared=""
	case $fmt in folded | perf-script | svg)
		shared='fp.data: `perf record --sample-cpu -F 199 -g -e cpu-clock -- ./waits 2`; shell.data: the same of a shell that runs `./waits 1`, then gzip.' ;;
	esac
	printf '# %s\n\nMIT, recorded for this project. Working directory /srv/app, programs in profiles/programs; f stands for the sample. %s\n\n| sample | tool | command |\n|---|---|---|\n' "$fmt" "$shared" > "$out/$fmt/README.md"
}
take() {  # FILE NAME TOOL COMMAND
	rm -rf "${out:?}/$fmt/$2"
	mv "$1" "$out/$fmt/$2"
	printf '| %s | %s | `%s` |\n' "$2" "$3" "$(printf %s "$4" | sed 's/|/\\|/g')" >> "$out/$fmt/README.md"
}
do_take() {  # FILE NAME TOOL COMMAND: runs it first
	sh -c "$4" > /dev/null 2> said.txt || { echo "failed: $4"; cat said.txt; return 1; }
	take "$@"
}

# The recordings that several formats are made from.
perf record -q --sample-cpu -F 199 -g -e cpu-clock -o fp.data -- ./waits 2 > /dev/null
perf record -q -F 199 -g -e cpu-clock -o shell.data -- sh -c './waits 1; gzip -9 -c /usr/bin/node | head -c 1000 > /dev/null' > /dev/null
perf script -i fp.data > fp.script

if want folded; then
	begin folded
	do_take f py-spy-raw.folded "$v_pyspy" "py-spy record -r 200 -f raw -o f -- $py match_names.py 500 1500"
	do_take f py-spy-idle-threads.folded "$v_pyspy" "py-spy record --idle --threads -r 20 -d 5 -f raw -o f -- $py pool.py 8 7"
	do_take f py-spy-native-numpy.folded "$v_pyspy" "py-spy record --native -r 100 -f raw -o f -- $py -c 'import numpy as n; a = n.random.default_rng(1).random((700, 700)); [n.linalg.svd(a) for _ in range(4)]'"
	do_take f perf-inferno.folded "$v_perf, $v_inferno" "perf script -i fp.data | inferno-collapse-perf > f"
	do_take f perf-inferno-annotated.folded "$v_perf, $v_inferno" "perf script -i fp.data | inferno-collapse-perf --all > f"
	do_take f perf-inferno-pid-tid.folded "$v_perf, $v_inferno" "perf script -i shell.data | inferno-collapse-perf --pid --tid > f"
	if [ -f "$fg/stackcollapse-perf.pl" ]; then
		do_take f perf-periods.folded "$v_perf, $v_fg" "perf script -i fp.data | stackcollapse-perf.pl --kernel > f"
		take_crlf="sed 's/\$/\\r/' perf-periods.folded"
		sed 's/$/\r/' "$out/folded/perf-periods.folded" > f
		take f perf-periods-crlf.folded "$v_perf, $v_fg" "$take_crlf > perf-periods-crlf.folded (line ends only)"
	fi
	./waits 8 > /dev/null & p=$!
	sleep 0.5
	bpftrace offcpu.bt $p 5 > offcpu.txt 2> /dev/null || true
	wait $p
	if [ -f "$fg/stackcollapse-bpftrace.pl" ]; then
		stackcollapse-bpftrace.pl offcpu.txt > f
		take f offcpu-us.folded "$(bpftrace --version | head -1), $v_fg" "bpftrace offcpu.bt PID 5 > offcpu.txt; stackcollapse-bpftrace.pl offcpu.txt > f (microseconds off the CPU, ./waits 8)"
	fi
	perf script -i shell.data | inferno-collapse-perf > b.folded
	perf script -i fp.data | inferno-collapse-perf > a.folded
	do_take f two-counts.folded "$v_inferno" "inferno-diff-folded a.folded b.folded > f"
	rm -f a.folded b.folded offcpu.txt
fi

if want perf-script; then
	begin perf-script
	do_take f default.txt "$v_perf" "perf script -i fp.data > f"
	do_take f header.txt "$v_perf" "perf script -i shell.data --header > f"
	do_take f fields-all.txt "$v_perf" "perf script -i fp.data -F comm,pid,tid,cpu,time,period,event,ip,sym,symoff,dso > f"
	do_take f fields-few.txt "$v_perf" "perf script -i fp.data -F comm,time,ip,sym > f"
	do_take f srcline-reltime.txt "$v_perf" "perf script -i fp.data --reltime -F +srcline > f"
	do_take f fixed-period.txt "$v_perf" "perf record -c 5000000 -g -e cpu-clock -o p.data -- ./waits 1 && perf script -i p.data -F +period > f"
	do_take f no-callgraph.txt "$v_perf" "perf record -F 99 -e cpu-clock -o p.data -- ./waits 1 && perf script -i p.data > f"
	do_take f dwarf.txt "$v_perf" "perf record -F 99 --call-graph dwarf,8192 -e cpu-clock -o p.data -- ./waits 1 && perf script -i p.data > f"
	do_take f two-events.txt "$v_perf" "perf record -F 99 -g -e cpu-clock,page-faults -o p.data -- ./waits 1 && perf script -i p.data > f"
	do_take f sched-switch.txt "$v_perf" "perf record -c 1 -g -e sched:sched_switch -o p.data -- ./waits 1 && perf script -i p.data > f"
	do_take f sched-switch-and-clock.txt "$v_perf" "perf record -g -e sched:sched_switch -e cpu-clock/freq=99/ -o p.data -- ./waits 1 && perf script -i p.data > f"
	do_take f sched-switch-fields.txt "$v_perf" "perf record -c 1 -g -e sched:sched_switch --sample-cpu -o p.data -- ./waits 1 && perf script -i p.data -F comm,pid,tid,cpu,time,event,trace,ip,sym,dso > f"
	do_take f switch-events.txt "$v_perf" "perf record --switch-events -F 199 -g -e cpu-clock -o p.data -- ./waits 1 && perf script -i p.data --show-switch-events --show-task-events --show-mmap-events > f"
	do_take f sched-sub-sampled.txt "$v_perf" "perf record -F 99 -g -e sched:sched_switch -o p.data -- ./waits 2 && perf script -i p.data > f"
	do_take f node-perf-map.txt "$v_perf, $v_node" "perf record -F 99 -g -e cpu-clock -o p.data -- node --perf-basic-prof inspector_profile.js x.cpuprofile && perf script -i p.data > f"
	find "$out/perf-script" -name '*.txt' -size +120k -exec gzip -9n {} +
	rm -f p.data /tmp/perf-*.map x.cpuprofile
fi

if want svg; then
	begin svg
	do_take f py-spy.svg "$v_pyspy" "py-spy record -r 200 -o f -- $py match_names.py 500 1500"
	do_take f py-spy-native-threads.svg "$v_pyspy" "py-spy record --native --threads --idle -r 20 -d 4 -o f -- $py pool.py 4 6"
	do_take f inferno.svg "$v_perf, $v_inferno" "perf script -i fp.data | inferno-collapse-perf | inferno-flamegraph --title 'waits 2 s' > f"
	do_take f inferno-inverted.svg "$v_perf, $v_inferno" "perf script -i fp.data | inferno-collapse-perf | inferno-flamegraph --inverted > f"
	do_take f inferno-reverse.svg "$v_perf, $v_inferno" "perf script -i fp.data | inferno-collapse-perf | inferno-flamegraph --reverse --countname microseconds --factor 5025 > f"
	if [ -f "$fg/flamegraph.pl" ]; then
		do_take f flamegraph-pl.svg "$v_perf, $v_fg" "perf script -i fp.data | stackcollapse-perf.pl | flamegraph.pl --title 'waits' --subtitle '2 s' > f"
		do_take f flamegraph-pl-icicle.svg "$v_perf, $v_fg" "perf script -i shell.data | stackcollapse-perf.pl --all | flamegraph.pl --inverted --minwidth 2 --color java > f"
	fi
fi

if want speedscope; then
	begin speedscope
	do_take f py-spy.speedscope.json "$v_pyspy" "py-spy record -r 100 -f speedscope -o f -- $py match_names.py 800 1500"
	do_take f py-spy-idle-pool.speedscope.json "$v_pyspy" "py-spy record --idle -r 20 -d 5 -f speedscope -o f -- $py pool.py 6 7"
	do_take f py-spy-native.speedscope.json "$v_pyspy" "py-spy record --native -r 100 -f speedscope -o f -- $py -c 'import zlib; d = bytes(range(256)) * 20000; [zlib.compress(d, 9) for _ in range(60)]'"
	do_take f pyinstrument-evented.speedscope.json "pyinstrument $(pyinstrument --version | grep -o '[0-9.]*$')" "pyinstrument -i 0.005 -r speedscope -o f match_names.py 500 1500"
fi

if want cpuprofile; then
	begin cpuprofile
	rm -rf cp
	do_take cp/script.cpuprofile script.cpuprofile "$v_node" "node --cpu-prof --cpu-prof-interval 2000 --cpu-prof-dir cp --cpu-prof-name script.cpuprofile inspector_profile.js x.cpuprofile"
	do_take x.cpuprofile inspector.cpuprofile "$v_node" "node inspector_profile.js x.cpuprofile"
	do_take cp/server.cpuprofile idle-server.cpuprofile "$v_node" "node --cpu-prof --cpu-prof-interval 10000 --cpu-prof-dir cp --cpu-prof-name server.cpuprofile http_service.js 9112 4 light & $py http_load.py 9112 1 4 0.3; wait"
	rm -rf cp x.cpuprofile
fi

clinic_take() {  # TOOL NAME COMMAND: a folder, the same as tar.gz and as zip
	rm -rf .clinic
	sh -c "$3" > /dev/null 2> said.txt
	rm -rf node_trace.*.log
	folder=$(ls -d .clinic/*.clinic-"$1")
	base=$(basename "$folder")
	tar --sort=name --owner=root:0 --group=root:0 -C .clinic -czf "$2.tar.gz" "$base"
	(cd .clinic && zip -qr "../$2.zip" "$base")
	if [ "$(du -sk "$folder" | cut -f1)" -lt 420 ]; then take "$folder" "$2" "$v_clinic" "$3"; fi
	take "$2.tar.gz" "$2.tar.gz" "$v_clinic" "$3 (the folder, tar -czf)"
	take "$2.zip" "$2.zip" "$v_clinic" "$3 (the folder, zip -r)"
	rm -rf .clinic
}
if want clinic-doctor; then
	begin clinic-doctor
	clinic_take doctor idle "clinic doctor --collect-only -- node http_service.js 9113 5 light"
	clinic_take doctor busy "clinic doctor --collect-only -- node http_service.js 9113 6 gc & $py http_load.py 9113 4 7 0; wait"
fi
if want clinic-bubbleprof; then
	begin clinic-bubbleprof
	cmd="node -e \"new (require('@clinic/bubbleprof'))().collect([process.execPath, 'http_service.js', '9118', '2', 'light'], () => {})\" & $py http_load.py 9118 2 1.5 0.1; wait"
	sh -c "$cmd" > /dev/null 2> said.txt
	tar --sort=name --owner=root:0 --group=root:0 -czf server.tar.gz ./*.clinic-bubbleprof
	zip -qr server.zip ./*.clinic-bubbleprof
	rm -rf ./*.clinic-bubbleprof
	take server.tar.gz server.tar.gz "@clinic/bubbleprof of $v_clinic" "$cmd (the folder, tar -czf)"
	take server.zip server.zip "@clinic/bubbleprof of $v_clinic" "$cmd (the folder, zip)"
fi
if want clinic-flame; then
	begin clinic-flame
	clinic_take flame script "clinic flame --collect-only -- node inspector_profile.js x.cpuprofile"
	clinic_take flame server "clinic flame --collect-only -- node http_service.js 9114 5 gc & $py http_load.py 9114 2 6 0.02; wait"
	rm -f x.cpuprofile
fi
if want 0x; then
	begin 0x
	rm -rf zx
	sh -c '0x --write-ticks -D zx -- node http_service.js 9115 5 gc & '"$py"' http_load.py 9115 2 6 0.02; wait' > /dev/null 2> said.txt
	rm -f zx/isolate*
	cp zx/ticks.json ticks.json
	tar --sort=name --owner=root:0 --group=root:0 -czf zx.tar.gz zx
	gzip -9nk ticks.json
	take zx.tar.gz server.tar.gz "$v_0x" "0x --write-ticks -D zx -- node http_service.js 9115 5 gc (the folder without the V8 logs, tar -czf)"
	take ticks.json.gz server.ticks.json.gz "$v_0x" "zx/ticks.json of the same, gzip"
	rm -rf zx
	sh -c '0x --write-ticks -D zx -- node inspector_profile.js x.cpuprofile' > /dev/null 2> said.txt
	rm -f zx/isolate* zx/flamegraph.html
	take zx script "$v_0x" "0x --write-ticks -D zx -- node inspector_profile.js x.cpuprofile (the folder without the V8 logs and the page)"
	rm -f x.cpuprofile ticks.json
fi

log_take() {  # NAME COMMAND: the log, its text, and its JSON; sources of scripts are left out of all of them
	rm -f ./*-v8.log
	sh -c "$2" > /dev/null 2> said.txt
	grep -vE '^(code-source-info|script-source|new,MemoryChunk|delete)' isolate*-v8.log > v8.log
	keep="grep -vE '^(code-source-info|script-source|new,MemoryChunk|delete)' isolate*-v8.log > v8.log"
	node --prof-process v8.log > v8.txt 2> /dev/null
	mkdir -p nonm && ln -sf "$(command -v node)" nonm/node
	PATH=nonm node --prof-process --preprocess v8.log > v8.json 2> /dev/null # no nm: no C++ symbols
	gzip -9nf v8.log v8.json
	rm -rf ./*-v8.log nonm
}
if want v8-log; then
	begin v8-log
	log_take script "node --prof inspector_profile.js x.cpuprofile"
	take v8.log.gz script.v8.log.gz "$v_node" "node --prof inspector_profile.js x.cpuprofile; $keep; gzip -9n v8.log"
	log_take server "node --prof http_service.js 9117 3 gc & $py http_load.py 9117 2 3 0.05; wait"
	take v8.log.gz server.v8.log.gz "$v_node" "node --prof http_service.js 9117 3 gc & $py http_load.py 9117 2 3 0.05; wait; $keep; gzip -9n v8.log"
	take v8.json.gz server.preprocess.json.gz "$v_node" "node --prof-process --preprocess v8.log (of the server, without nm); gzip -9n"
	rm -f v8.txt x.cpuprofile
fi
if want v8-prof-text; then
	begin v8-prof-text
	log_take script "node --prof inspector_profile.js x.cpuprofile"
	take v8.txt script.txt "$v_node" "node --prof inspector_profile.js x.cpuprofile; $keep; node --prof-process v8.log"
	log_take server "node --prof http_service.js 9117 3 gc & $py http_load.py 9117 2 3 0.05; wait"
	take v8.txt server.txt "$v_node" "node --prof http_service.js 9117 3 gc & $py http_load.py 9117 2 3 0.05; wait; $keep; node --prof-process v8.log"
	rm -f v8.log.gz v8.json.gz x.cpuprofile
fi

if want chrome-trace; then
	begin chrome-trace
	do_take f.gz server.node-trace.json.gz "$v_node" "node --trace-event-categories v8,node,node.async_hooks --trace-event-file-pattern f http_service.js 9116 2 gc & $py http_load.py 9116 2 2 0.2; wait; gzip -9n f"
	do_take f cut.node-trace.json "$v_node" "node --trace-event-categories v8,node,node.http --trace-event-file-pattern g http_service.js 9116 1 gc & $py http_load.py 9116 2 1 0.2; wait; head -c 9000 g > f; rm g"
	do_take f.gz page.chrome.json.gz "$(chromium --version 2> /dev/null)" "chromium --headless --no-sandbox --disable-gpu --trace-startup='-*,disabled-by-default-v8.cpu_profiler,devtools.timeline' --trace-startup-file=/srv/app/g --trace-startup-duration=2 --trace-startup-format=json --virtual-time-budget=3000 --screenshot=s.png file:///srv/app/sums.html; $py -c 'import json; json.dump(json.load(open(\"g\"))[\"traceEvents\"], open(\"f\", \"w\"), separators=(\",\", \":\"))'; rm g s.png; gzip -9n f"
	do_take f py-spy.json "$v_pyspy" "py-spy record -r 50 --format chrometrace -o f -- $py match_names.py 200 600"
fi

if want pprof; then
	begin pprof
	(cd pprof_go && go build -trimpath -o ../pprof_go_bin .)
	./pprof_go_bin 4 > /dev/null
	v_go="$(go version | cut -d' ' -f3)"
	gzip -dc cpu.pb.gz > cpu.pb
	take cpu.pb.gz go-cpu.pb.gz "$v_go" "./pprof_go 4 (runtime/pprof, 4 s, labels by stage)"
	take cpu.pb go-cpu.pb "$v_go" "gzip -d of the same"
	take heap.pb.gz go-heap.pb.gz "$v_go" "./pprof_go 4 (pprof.Lookup(\"heap\"): not about time)"
	take block.pb.gz go-block.pb.gz "$v_go" "./pprof_go 4 (pprof.Lookup(\"block\"))"
	take goroutine.pb.gz go-goroutine.pb.gz "$v_go" "./pprof_go 4 (pprof.Lookup(\"goroutine\"))"
	./pprof_go_bin 1.5 > /dev/null
	take cpu.pb.gz go-cpu-short.pb.gz "$v_go" "./pprof_go 1.5"
	rm -f ./*.pb.gz pprof_go_bin
fi

if want perf-stat; then
	begin perf-stat
	e="-e task-clock,context-switches,cpu-migrations,page-faults"
	c="$py sieve.py 700000"
	do_take f default.txt "$v_perf" "perf stat -o f -- $c"
	do_take f events.txt "$v_perf" "perf stat $e -o f -- $c"
	do_take f repeat-3.txt "$v_perf" "perf stat -r 3 $e -o f -- $c"
	do_take f comma.csv "$v_perf" "perf stat -x, $e -o f -- $c"
	do_take f semicolon.csv "$v_perf" "perf stat -x';' $e -o f -- $c"
	do_take f bar.csv "$v_perf" "perf stat -x'|' $e -o f -- $c"
	do_take f tab.csv "$v_perf" "perf stat -x\"\$(printf '\\t')\" $e -o f -- $c"
	do_take f duration-time.csv "$v_perf" "perf stat -x, -e duration_time,task-clock,user_time,system_time -o f -- $c"
	do_take f repeat-3.csv "$v_perf" "perf stat -r 3 -x, $e -o f -- $c"
	do_take f lines.json "$v_perf" "perf stat -j $e -o f -- $c"
	do_take f interval.txt "$v_perf" "perf stat -I 200 $e -o f -- $c"
	do_take f interval.csv "$v_perf" "perf stat -I 200 -x, $e -o f -- $c"
	$py quiet_service.py 9116 & p=$!
	sleep 0.5
	do_take f pid-never-ran.txt "$v_perf" "perf stat $e -o f -p $p -- sleep 2"
	do_take f pid-never-ran.csv "$v_perf" "perf stat -x, $e -o f -p $p -- sleep 2"
	do_take f pid-never-ran.json "$v_perf" "perf stat -j $e -o f -p $p -- sleep 2"
	kill $p; wait $p || true
	./waits 5 > /dev/null & p=$!
	do_take f pid-busy.txt "$v_perf" "perf stat $e -o f -p $p -- sleep 2"
	do_take f per-thread.txt "$v_perf" "perf stat --per-thread -e task-clock -o f -p $p -- sleep 1"
	wait $p
	do_take f system-wide.txt "$v_perf" "perf stat -a $e -o f -- sleep 1"
	sh -c "perf stat $e -- $c > f 2>&1"
	take f with-program-output.txt "$v_perf" "perf stat $e -- $c > f 2>&1"
fi

if want time; then
	begin time
	c="./waits 1"
	do_take f gnu-v.txt "$v_time" "/usr/bin/time -v -o f $c"
	do_take f gnu-default.txt "$v_time" "/usr/bin/time -o f $c"
	do_take f gnu-p.txt "$v_time" "/usr/bin/time -p -o f $c"
	do_take f gnu-v-failed.txt "$v_time" "/usr/bin/time -v -o f sh -c 'exit 3' || true"
	do_take f gnu-default-failed.txt "$v_time" "/usr/bin/time -o f sh -c 'exit 3' || true"
	do_take f gnu-v-with-output.txt "$v_time" "/usr/bin/time -v $c > f 2>&1"
	do_take f gnu-v-over-a-minute.txt "$v_time" "/usr/bin/time -v -o f sleep 61"
	do_take f bash.txt "bash $(bash --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')" "bash -c 'time $c' 2> f"
	do_take f bash-p.txt "bash $(bash --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')" "bash -c 'time -p $c' 2> f"
	do_take f zsh.txt "$(zsh --version | cut -d' ' -f1,2)" "zsh -c 'time $c' 2> f"
	do_take f dash-times.txt "dash $(dpkg-query -W -f '${Version}' dash)" "dash -c '$c; times' > f"
fi

if want rusage; then
	begin rusage
	do_take f python.txt "$v_python" "$py usage.py > f"
	do_take f node-resource-usage.json "$v_node" "node usage.js resourceUsage > f"
	do_take f node-cpu-usage.json "$v_node" "node usage.js cpuUsage > f"
fi

if want hyperfine; then
	begin hyperfine
	h="hyperfine $(hyperfine --version | cut -d' ' -f2)"
	do_take f one.json "$h" "hyperfine -N --runs 5 --export-json f '$py sieve.py 300000'"
	do_take f several.json "$h" "hyperfine -N --warmup 1 --runs 3 --export-json f '$py sieve.py 300000' '$py sieve.py 100000' 'sleep 0.2'"
	do_take f parameters.json "$h" "hyperfine --runs 3 --parameter-list n 50000,100000 --export-json f '$py sieve.py {n}'"
	do_take f failing.json "$h" "hyperfine -N -i --runs 3 --export-json f 'false'"
fi

if want k6 && command -v k6 > /dev/null; then
	begin k6
	v_k6="k6 $(k6 version | sed -n 's/^k6[^v]*v\([0-9.]*\).*/\1/p')"
	node http_service.js 9111 25 light > /dev/null & p=$!
	sleep 0.5
	do_take f.json summary-export.json "$v_k6" "k6 run -q --no-usage-report --summary-export f.json k6_script.js"
	mv k6-handle-summary.json f
	take f handle-summary.json "$v_k6" "k6 run -q --no-usage-report k6_script.js (handleSummary writes its data)"
	sed '/handleSummary/,$d' k6_script.js > k6_plain.js
	do_take f stdout.txt "$v_k6" "k6 run -q --no-usage-report --no-color k6_plain.js > f"
	wait $p
	rm -f k6_plain.js k6-handle-summary.json
fi
if want bench-suite; then
	begin bench-suite
	cc -O2 -o bus bus.c
	mkdir -p suite
	node bus_suite.js ./bus suite
	for f in suite/*.json; do
		take "$f" "$(basename "$f")" "$v_node" "node bus_suite.js ./bus ."
	done
	rm -rf bus suite
fi
if want stet-record && command -v stet > /dev/null; then
	begin stet-record
	do_take f command.json "$(stet --version)" "stet record -o f -- $py sieve.py 300000"
	do_take f pid.json "$(stet --version)" "$py sieve.py 3000000 & stet record --pid \$! --seconds 2 -o f; kill \$!"
fi
if want strace-summary; then
	begin strace-summary
	v_strace="strace $(strace -V | sed -n '1s/.*version //p')"
	c="./waits 1"
	do_take f cpu.txt "$v_strace" "strace -c -f -o f $c"
	do_take f wall.txt "$v_strace" "strace -c -f -w -o f $c"
	echo "--clock wall" > "$out/$fmt/wall.txt.args"
	do_take f cpu-declared.txt "$v_strace" "strace -c -f -o f $c"
	echo "--clock cpu" > "$out/$fmt/cpu-declared.txt.args"
	do_take f longest.txt "$v_strace" "strace -c -f -w -U time-percent,total-time,min-time,max-time,avg-time,calls,errors,name -o f $c"
	echo "--clock wall" > "$out/$fmt/longest.txt.args"
	do_take f shortest.txt "$v_strace" "strace -c -f -U time-percent,total-time,min-time,calls,errors,name -o f $c"
	do_take f name-first.txt "$v_strace" "strace -c -f -U name,errors,calls,total-time,max-time -o f $c"
	do_take f with-output.txt "$v_strace" "strace -c -f ls -l /srv > f 2>&1"
	do_take f two-tables.txt "$v_strace" "strace -c ls /srv 2> f; strace -c -f $c 2>> f"
	do_take f python.txt "$v_strace" "strace -c -f -w -o f $py match_names.py 100 300"
	echo "--clock wall" > "$out/$fmt/python.txt.args"
fi

if want strace-log; then
	begin strace-log
	v_strace="strace $(strace -V | sed -n '1s/.*version //p')"
	c="./waits 0.2"
	do_take f unix-time.txt "$v_strace" "strace -f -T -ttt -o f $c"
	do_take f prefix.txt "$v_strace" "strace -f -T -tt $c 2> f"
	do_take f relative.txt "$v_strace" "strace -f -T -r -o f $c"
	do_take f seconds-relative.txt "$v_strace" "strace -f -T -t -r -n -i -o f $c"
	do_take f whole-seconds.txt "$v_strace" "strace -f -T -t -o f $c"
	do_take f no-call-times.txt "$v_strace" "strace -f -ttt -o f $c"
	do_take f no-stamps.txt "$v_strace" "strace -f -o f $c"
	do_take f names.txt "$v_strace" "strace -f -Y -yy -T -ttt -o f $c"
	do_take f with-table.txt "$v_strace" "strace -C -f -T -ttt -o f $c"
	do_take f with-output.txt "$v_strace" "strace -f -T -ttt ls -l /srv > f 2>&1"
	do_take f shell.txt "$v_strace" "strace -f -T -ttt sh -c 'sleep 0.05; ls /srv | cat > /dev/null' 2> f"
	do_take f killed.txt "$v_strace" "strace -f -T -ttt -o f timeout -s KILL 0.1 $c || true"
	do_take f attached.txt "$v_strace" "./waits 1 & p=\$!; sleep 0.2; timeout -s INT 0.3 strace -f -T -ttt -o f -p \$p; wait \$p"
fi
if want perf-trace-summary; then
	begin perf-trace-summary
	do_take f threads.txt "$v_perf" "perf trace -s -o f -- ./waits 1"
	do_take f one-thread.txt "$v_perf" "perf trace -s -o f -- $py match_names.py 100 300"
	do_take f children.txt "$v_perf" "perf trace -s -o f -- sh -c './waits 0.3; sleep 0.1'"
	do_take f with-calls.txt "$v_perf" "perf trace -S -o f -- sleep 0.1"
fi

if want bpftrace; then
	begin bpftrace
	v_bpftrace="$(bpftrace --version | sed 's/ v/ /')"
	cat > off.bt <<'BT'
tracepoint:sched:sched_switch /pid == $1/ { @start[args->prev_pid] = nsecs; @k[args->prev_pid] = kstack; @u[args->prev_pid] = ustack; @n[args->prev_pid] = comm; }
tracepoint:sched:sched_switch { $b = @start[args->next_pid]; if ($b) { @MAP[@k[args->next_pid], @u[args->next_pid], @n[args->next_pid]] = sum(nsecs - $b); delete(@start[args->next_pid]); } }
interval:s:1 { exit(); }
END { clear(@start); clear(@k); clear(@u); clear(@n); }
BT
	sed 's/@MAP/@/; s/sum(nsecs - \$b)/sum((nsecs - $b) \/ 1000)/' off.bt > off-us.bt
	sed 's/@MAP/@offcpu_ns/' off.bt > off-ns.bt
	do_take f off-cpu.txt "$v_bpftrace" "./waits 3 & p=\$!; bpftrace off-us.bt \$p > f; wait \$p"
	do_take f off-cpu-ns.txt "$v_bpftrace" "./waits 3 & p=\$!; bpftrace off-ns.bt \$p > f; wait \$p"
	do_take f on-cpu.txt "$v_bpftrace" "./waits 3 & p=\$!; bpftrace -e 'profile:hz:99 /pid == '\$p'/ { @[ustack, comm] = count(); } interval:s:1 { exit(); }' > f; wait \$p"
	do_take f perf-mode.txt "$v_bpftrace" "./waits 3 & p=\$!; bpftrace -e 'profile:hz:99 /pid == '\$p'/ { @[kstack(perf), ustack(perf), comm, tid] = count(); } interval:s:1 { exit(); }' > f; wait \$p"
	do_take f several-maps.txt "$v_bpftrace" "bpftrace -c './waits 0.5' -e 'profile:hz:99 /pid == cpid/ { @cpu[ustack(3)] = count(); } tracepoint:syscalls:sys_enter_nanosleep,tracepoint:syscalls:sys_enter_clock_nanosleep /pid == cpid/ { @calls[ustack(3), comm] = count(); @who[comm] = count(); @hist = hist(nsecs); }' > f"
	do_take f no-stacks.txt "$v_bpftrace" "bpftrace -c './waits 0.3' -e 'tracepoint:raw_syscalls:sys_enter /pid == cpid/ { @[comm] = count(); }' > f"
	rm -f off.bt off-us.bt off-ns.bt
fi
if want gecko; then
	begin gecko
	v_firefox="$(firefox-esr --version)"
	gecko() {  # NAME INTERVAL FEATURES
		rm -rf ffprof && mkdir ffprof
		do_take f "$1" "$v_firefox" "MOZ_PROFILER_STARTUP=1 MOZ_PROFILER_STARTUP_INTERVAL=$2 MOZ_PROFILER_STARTUP_FEATURES=$3 MOZ_PROFILER_STARTUP_FILTERS=GeckoMain MOZ_PROFILER_SHUTDOWN=/srv/app/out.json firefox-esr --headless --no-remote --profile ffprof --screenshot /srv/app/s.png file:///srv/app/spin_page.html && $py slim_gecko.py < out.json | gzip -9n > f"
	}
	gecko firefox-cpu.json.gz 20 js,cpu
	gecko firefox-wall.json.gz 50 js
	rm -rf ffprof out.json s.png
fi
if want firefox; then
	begin firefox
	v_samply="$(samply --version)"
	do_take f samply.json.gz "$v_samply" "samply record --save-only -r 200 -o f.json.gz /usr/bin/time -v -o w.time ./waits 4 && mv f.json.gz f"
fi
if want jfr; then
	begin jfr
	v_java="OpenJDK $(java -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')"
	do_take f openjdk-17.jfr.gz "$v_java" "$py jfc.py < \"\$JAVA_HOME/lib/jfr/profile.jfc\" > time.jfc && java -XX:StartFlightRecording=filename=half.jfr,settings=time.jfc Basket.java 8 && gzip -9nc half.jfr > f"
	javac Basket.java
	asprof() {  # VERSION OPTIONS
		echo "java -agentpath:/opt/profilers/async-profiler-$1/libasyncProfiler.so=start,$2 -cp . Basket 3"
	}
	do_take f async-profiler-cpu.jfr.gz "async-profiler 3.0" "$(asprof 3.0 event=itimer,interval=10ms,jfr,file=cpu.jfr) && gzip -9nc cpu.jfr > f"
	do_take f async-profiler-wall.jfr.gz "async-profiler 4.6" "$(asprof 4.6 event=wall,interval=20ms,jfr,file=wall.jfr) && gzip -9nc wall.jfr > f"
	do_take f async-profiler-cpu-and-wall.jfr.gz "async-profiler 3.0" "$(asprof 3.0 event=itimer,interval=10ms,wall=20ms,jfr,file=both.jfr) && gzip -9nc both.jfr > f"
	do_take f async-profiler-page-faults.jfr.gz "async-profiler 3.0" "$(asprof 3.0 event=page-faults,interval=1000,jfr,file=faults.jfr) && gzip -9nc faults.jfr > f"
	do_take f openjdk-17-cut.jfr.gz "$v_java" 'head -c $(($(stat -c %s half.jfr) * 2 / 3)) half.jfr | gzip -9n > f'
	begin async-profiler-html  # of the same recording: they go together
	do_take f cpu-2.9.html "async-profiler 2.9" "$(asprof 2.9 event=itimer,interval=10ms,file=f)"
	do_take f cpu-threads-3.0.html "async-profiler 3.0" "$(asprof 3.0 event=itimer,interval=10ms,threads,file=f)"
	do_take f async-profiler-wall.html "async-profiler 4.6, jfr-converter 4.5" "java -jar /opt/profilers/jfr-converter-4.5.jar --wall -o html wall.jfr f"
fi
rm -f fp.data shell.data fp.script said.txt waits f ./*.old
