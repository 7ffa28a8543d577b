module pprof_go

go 1.21
