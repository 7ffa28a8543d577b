# Computes, allocates and sleeps in turns under stackprof.
# usage: turns.rb MODE OUT [raw]
require "json"
require "stackprof"

def collatz(limit)
  (1...limit).map { |n|
    steps = 0
    while n != 1
      n = n.even? ? n / 2 : 3 * n + 1
      steps += 1
    end
    steps
  }.max
end

def rows(count)
  (0...count).map { |i| { "id" => i, "name" => "row #{i}" } }
end

def pause
  sleep 0.02
end

mode, out, raw = ARGV
profile = StackProf.run(mode: mode.to_sym, interval: mode == "object" ? 50 : 1000, raw: !raw.nil?) do
  15.times do
    collatz(1500)
    JSON.generate(rows(1500))
    pause
  end
end
File.write(out, JSON.generate(profile))
