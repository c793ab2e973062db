-- Keep what the caller of a job is told of when it begins.
-- KEYS: job
-- ARGV: what was foretold
-- Answers 1, or 0 if the job is not there, has begun to be told, or has ended.
local job = redis.pcall('HMGET', KEYS[1], 'status', 'count')
if job.err or job[1] ~= 'queued' and job[1] ~= 'running' or job[2] ~= '0' then
  return 0
end
redis.call('HSET', KEYS[1], 'foretold', ARGV[1])
return 1
