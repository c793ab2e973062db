-- Count a question of a caller, or say that it has asked too many.
-- KEYS: caller's questions
-- ARGV: question's id, most in a window, window in ms
-- Answers false, or ms until there is room.
--: window
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = until_room(KEYS[1], tonumber(ARGV[2]), now, tonumber(ARGV[3]))
if wait then
  return wait
end
count_in(KEYS[1], ARGV[1], now, tonumber(ARGV[3]))
return false
