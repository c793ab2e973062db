-- Take back that a job was let in: it is not made.
-- KEYS: as for admit.lua, without the queues
-- ARGV: job id
for _, key in ipairs(KEYS) do
  redis.call('ZREM', key, ARGV[1])
end
return 1
