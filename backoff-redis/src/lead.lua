-- The leader stores its state and gives turns, or a process begins to lead. All of it or nothing.
-- KEYS: 1 leader, 2 inbox, 3 count, 4 state (a hash: by, value)
-- ARGV: 1 who, 2 its lease in milliseconds (0: it stops to lead), 3 milliseconds to keep the rest,
--       4 the number of the last entry that is in the state ('' to begin to lead),
--       5 the state (to begin: '1' if a state must be there),
--       6 and so on: pairs of a channel and what to tell it
-- Returns what was done, the time (seconds and microseconds), the number of the entry before those that follow, these
-- entries, and, to who begins to lead, the state. Done: 1 it leads; 0 another does; 2 another stored a state since, or
-- there is none though one must be there; 3 it leads on, but Redis had forgotten that; 4 it begins to lead after one that
-- did not say that it stops.
local time = redis.call('TIME')
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return {0, time[1], time[2], 0, {}, ''} end
local by = redis.call('HGET', KEYS[4], 'by')
local begins = ARGV[4] == ''
local done = 1
if begins then
  if ARGV[5] == '1' and not by then return {2, time[1], time[2], 0, {}, ''} end
  if by and by ~= '' and by ~= ARGV[1] then done = 4 end
elseif not leader then
  if by and by ~= ARGV[1] then return {2, time[1], time[2], 0, {}, ''} end
  done = 3
end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
local count = tonumber(redis.call('GET', KEYS[3]) or '0')
local before = count - redis.call('LLEN', KEYS[2])
local state = ''
if begins then
  state = redis.call('HGET', KEYS[4], 'value') or ''
else
  local heard = tonumber(ARGV[4])
  if heard > before and heard <= count then
    redis.call('LTRIM', KEYS[2], heard - before, -1)
    before = heard
  end
  redis.call('HSET', KEYS[4], 'by', ARGV[2] == '0' and '' or ARGV[1], 'value', ARGV[5])
  redis.call('PEXPIRE', KEYS[4], ARGV[3])
end
for i = 6, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end
return {done, time[1], time[2], before, redis.call('LRANGE', KEYS[2], 0, -1), state}
