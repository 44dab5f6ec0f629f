-- A process says something to the leader: it is kept until the leader has stored what came of it, and told to it at once.
-- KEYS: 1 leader, 2 inbox, 3 count
-- ARGV: 1 the entry ('' only asks whether all this works), 2 milliseconds to keep it, 3 how the names of the processes' channels begin
-- Returns the time (seconds and microseconds), and who leads ('' for nobody).
local says = ARGV[1] ~= ''
local number = redis.call('INCRBY', KEYS[3], says and 1 or 0)
if says then redis.call('RPUSH', KEYS[2], ARGV[1]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
local leader = redis.call('GET', KEYS[1])
if leader and says then
  redis.call('PUBLISH', ARGV[3] .. leader, 'E' .. string.format('%.0f', number) .. ' ' .. ARGV[1])
end
local time = redis.call('TIME')
return {time[1], time[2], leader or ''}
