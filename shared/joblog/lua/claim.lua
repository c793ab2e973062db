-- Give the next waiting job to a worker.
-- KEYS: waiting queues in order of priority..., the first one's run, model's statistics, leases,
--       numeric kinds of the model's workers
-- ARGV: worker, model, lease in milliseconds, worker's numeric kind
-- Answers {id, epoch, spec, numeric kind of all owners so far or 'mixed', trace context,
-- milliseconds since acceptance, attempt, milliseconds to its deadline or '', 1 if nobody had it
-- before, worker, tokens in the log, tenant}; false if nothing waits.
--: order
--: cost
--: claiming
return claim_next({
  queues = {KEYS[1], KEYS[2]}, run = KEYS[3], statistics = KEYS[4], leases = KEYS[5],
  kinds = KEYS[6],
  worker = ARGV[1], model = ARGV[2], lease = ARGV[3], kind = ARGV[4], now = now_ms(),
})
