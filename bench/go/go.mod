module willcall/bench

go 1.22
