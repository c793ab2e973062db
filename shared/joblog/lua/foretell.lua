-- Keep what the caller of a job is told of when it begins.
-- KEYS: job
-- ARGV: what was foretold
-- Answers 1, or 0 if the job does not wait.
if redis.pcall('HGET', KEYS[1], 'status') ~= 'queued' then
  return 0
end
redis.call('HSET', KEYS[1], 'foretold', ARGV[1])
return 1
