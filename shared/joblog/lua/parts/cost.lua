-- What a job is expected to cost, in tokens written. A token of the prompt counts as half of one, as
-- in the paper; here, too, reading one took about half as long as writing one (0.8 and 1.5 ms).
local PROMPT_WEIGHT = 0.5

-- Numbers that are kept of a model; 0 for what is not there or has been spoilt: no story may fail on
-- what is only measured.
local function kept(statistics, ...)
  local found = redis.pcall('HMGET', statistics, ...)
  local numbers = {}
  for at = 1, select('#', ...) do
    numbers[at] = tonumber(found[at]) or 0
  end
  return unpack(numbers)
end

-- Learnt of the model's finished stories: tokens written, and what a prompt cost; nil if of none.
local function learnt(statistics)
  local stories, tokens, prompts = kept(statistics, 'stories', 'tokens', 'prompt_tokens')
  if stories > 0 then
    return math.ceil(tokens / stories), math.ceil(PROMPT_WEIGHT * prompts / stories)
  end
end

-- Budgets up to the next power of two are of a kind: short ones are used up, long ones seldom are.
local function kind_of(budget)
  return math.ceil(math.log(math.max(1, budget)) / math.log(2) - 1e-9)
end

-- Tokens that a story of this budget is yet expected to write: the share that finished ones of its
-- kind used on average, and all while nothing is learnt of them. `shares` keeps what was looked up.
local function expected_left(statistics, shares, budget, count)
  budget = tonumber(budget) or 0
  local kind = kind_of(budget)
  if not shares[kind] then
    local sized, used = kept(statistics, 'sized:' .. kind, 'shares:' .. kind)
    shares[kind] = sized > 0 and used / (1000 * sized) or 1
  end
  return math.max(1, shares[kind] * budget - (tonumber(count) or 0))
end

-- Of a job that can have `left` more tokens; a story that was begun is read again at no charge.
local function expected_cost(statistics, left, is_begun)
  local written, prompt = learnt(statistics)
  return math.max(1, math.min(left, written or left)) + (is_begun and 0 or prompt or 0)
end
