-- Take its status from a job whose record or log is not what was written there: whoever has accepted
-- the job sees that, and puts a new record in its place.
-- KEYS: job, leases
-- ARGV: id, epoch of the record that was found damaged
-- Answers 1, or 0 if the record is another one by now, or is given up already.
--: order
local job = redis.pcall('HMGET', KEYS[1], 'status', 'epoch')
if job[1] == 'damaged' or job[2] ~= ARGV[2] then
  return 0
end
refund(KEYS[1])
redis.call('HSET', KEYS[1], 'status', 'damaged', 'owner', '')
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
