-- A process says something to the leader: it is kept until the leader has stored what came of it, and told to it at once.
-- KEYS: 1 leader, 2 inbox, 3 count
-- ARGV: 1 the entry, 2 milliseconds to keep it, 3 how the names of the processes' channels begin
-- Returns the time (seconds and microseconds), and who leads ('' for nobody).
local number = redis.call('INCR', KEYS[3])
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
local leader = redis.call('GET', KEYS[1])
if leader then
  redis.call('PUBLISH', ARGV[3] .. leader, 'E' .. string.format('%.0f', number) .. ' ' .. ARGV[1])
end
local time = redis.call('TIME')
return {time[1], time[2], leader or ''}
