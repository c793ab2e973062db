-- Note how a job is to end if its deadline passes while nobody writes it.
-- KEYS: job
-- ARGV: epoch, terminal event
-- Answers 1, or 0 if the caller is not the owner.
local job = redis.pcall('HMGET', KEYS[1], 'status', 'epoch')
if job[1] ~= 'running' or job[2] ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'late_ending', ARGV[2])
return 1
