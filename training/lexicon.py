"""Word lists of the labelling rules: what makes a seed, what betrays an old or a learned text."""


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEROES = word_set("""
    king queen prince princess woodcutter fisherman miller tailor shoemaker soldier shepherd hunter
    farmer peasant merchant widow stepmother witch wizard fairy giant dwarf dragon mermaid ogre
    goblin elf wolf fox bear lion cat dog mouse hare rabbit goose hen cock rooster horse donkey ass
    goat pig cow ox frog toad snake serpent eagle raven crow swan duck owl nightingale sparrow bird
    fish crab bee ant spider monkey tiger elephant jackal crocodile turtle tortoise stork peacock
    boy girl maiden beggar hermit priest thief robber blacksmith smith baker cook gardener servant
    sailor captain knight doctor magician musician piper fiddler minister emperor sultan tsar rajah
    bride bridegroom orphan nurse swineherd huntsman coachman weaver spinner potter barber judge
    lamb sheep deer stag hound squirrel hedgehog beetle butterfly grasshopper cricket lizard
    monster ghost demon devil angel troll brownie nymph tree puppet doll child baby grandmother
""")
THINGS = word_set("""
    ring sword crown mirror lamp cloak apple rose flower tree castle palace forest mountain island
    river lake sea well cave garden tower bridge mill cottage boat ship carriage treasure gold
    silver pearl diamond key door box chest basket purse bag flute fiddle bell drum harp book
    letter feather egg nut bread cake porridge cheese honey salt stone star moon sun wind snow
    storm shoe slipper spindle wheel pot kettle table stick
""")
ADJECTIVES = word_set("""
    old young little poor rich golden silver white black red green blue wise foolish clever brave
    lazy wicked cruel beautiful lovely proud great big small tiny blind lame lonely hungry kind
    good bad greedy magic enchanted talking singing flying sly strong faithful youngest eldest
    wooden glass dead stolen lost strange ugly happy unhappy
""")
ARCHAIC = word_set("""
    thee thou thy thine ye hath doth dost hast art wilt shalt quoth thyself whilst yon nay
    wherefore verily methinks forsooth didst wouldst canst oft ere hither thither betwixt o'er
""")
FIRST_PERSON = word_set("""
    i me my mine myself we us our ours ourselves i'm i'd i'll i've we'd we'll we've
""")
FAIRYTALE_COLLECTIONS = word_set("""
    andersen anthologies arabian_nights french_perrault grimm jacobs lang_fairy_books
""")
