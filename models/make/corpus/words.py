"""Plain lists of words that the skills put into their phrasings."""

NAMES = """Ada Ben Clara David Emma Felix Grace Hugo Iris Jack Kate Leo Maria Nina Oscar Paul Rosa Sam Tom Uma Victor Wendy
Yara Zoe Anna Bob Carl Diana Eva Frank George Helen Ivan Julia Karl Linda Max Nora Olga Peter Rita Simon Tina Ursula Vera
Will Alice John Mary James Robert Michael Sarah Laura Lucy Daniel Thomas Susan Lisa Mark Steven Kevin Brian Amy Emily Adam
Aisha Ahmed Omar Fatima Ali Layla Yusuf Amir Leila Hana Kenji Yuki Akira Mei Wei Ling Chen Ravi Priya Anil Sunita Arjun Meera
Carlos Lucia Diego Sofia Pablo Elena Mateo Ines Luis Carmen Pierre Marie Luc Claire Antoine Camille Jules Chloe Louis Hans
Greta Jonas Lena Otto Frieda Klaus Ingrid Lars Astrid Erik Freya Sven Olaf Nils Sigrid Giulia Marco Luca Paola Enzo Bianca
Dmitri Natasha Boris Katya Milan Jana Pavel Zuzana Kofi Ama Kwame Zuri Tariq Noor Malik Zara Moses Esther Ruth Noah Liam
Olivia Ethan Mia Lucas Ella Henry Alex Chris Pat Robin Sasha Jordan Taylor Morgan Casey Jamie Quinn""".split()

CITIES = """Paris London Berlin Madrid Rome Vienna Prague Warsaw Lisbon Dublin Oslo Helsinki Athens Budapest Brussels Amsterdam
Zurich Geneva Munich Hamburg Cologne Porto Seville Valencia Barcelona Milan Naples Turin Venice Florence Lyon Nice Marseille
Boston Chicago Dallas Denver Seattle Austin Houston Miami Atlanta Detroit Toronto Montreal Vancouver Ottawa Tokyo Osaka Kyoto
Seoul Beijing Shanghai Delhi Mumbai Bangkok Hanoi Manila Jakarta Singapore Sydney Melbourne Perth Auckland Wellington Cairo
Lagos Nairobi Accra Tunis Rabat Lima Quito Bogota Santiago Havana Mexico Rio Gdansk Krakow Riga Tallinn Vilnius Kyiv Leeds
Bristol York Oxford Cambridge Glasgow Edinburgh Cardiff Belfast Cork Galway Bergen Malmo Uppsala Ghent Bruges Salzburg Graz""".split() + [
    "New York", "Los Angeles", "San Francisco", "San Diego", "Las Vegas", "Buenos Aires", "Hong Kong", "Cape Town", "Mexico City", "New Delhi", "Tel Aviv", "Kuala Lumpur"]

COLOURS = "red blue green yellow orange purple pink black white brown grey silver gold turquoise violet".split()

ANIMALS = """cat dog horse fox owl bear wolf rabbit mouse lion tiger duck frog goat sheep cow pig bird fish turtle hamster parrot
hedgehog squirrel penguin dolphin whale eagle snake spider bee ant elephant monkey camel crow swan donkey""".split()

FOODS = """bread cheese soup rice pasta pizza salad cake chocolate honey apples bananas grapes pears carrots potatoes tomatoes
noodles pancakes waffles curry sushi tacos olives cookies pie toast eggs beans corn""".split()

FRUITS = "apple banana cherry grape lemon mango orange peach pear plum".split()

JOBS = """teacher doctor baker farmer painter singer writer driver pilot nurse cook gardener carpenter engineer lawyer librarian
plumber dentist tailor sailor scientist musician builder mechanic journalist photographer postman waiter judge florist""".split()

THINGS = """lamp book table chair clock phone cup knife spoon bottle mirror key bag coat hat shoe ring watch pen pencil ball box
bike car boat train kite drum flute guitar piano camera radio candle basket blanket pillow carpet ladder hammer umbrella""".split()

ROOMS = "kitchen bedroom bathroom garage hall office garden cellar attic living room".replace("living room", "lounge").split()

MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
PLANETS = "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split()

COMMON = """the a this that is was it we you they have has will can in on at of to and but for with from about some any all every
time day year week night morning evening water fire earth air sun moon star rain snow wind tree flower river sea mountain house
door window road street city town school work home food music game story word letter name number line page friend family
mother father sister brother child people man woman big small old new good bad long short high low fast slow hot cold
easy hard right left first last next many few more most other same different open closed full empty early late happy sad
quiet loud clean dirty bright dark strong weak rich poor young great little nice fine free ready sure true false
see look find take give make come go get know think say tell ask answer call help need want like love play run walk sit stand
read write speak listen learn teach build break buy sell eat drink sleep wake start stop begin end turn move keep hold bring
hello test model server graph node packet stream token answer question code file data user request
able about above across act add after again against age ago agree air alone along already also although always among amount animal
another area arm around arrive art ask away baby back bag ball bank base bath bear beat beautiful because become bed before begin behind
believe below beside best better between beyond bit black blood blow blue board boat body bone book born both bottom bow box boy branch
brave bread breath bridge brown brush burn bus bush busy butter button cake calm camp captain card care careful carry case castle catch
cause cent center certain chair chance change cheap check cheese cheer chest chief choice choose church circle class clear clever climb
clock cloth cloud coast coat coin collect color colour common company compare complete control cook cool copper copy corn corner correct
cost cotton count country course cover cow crime cross crowd crown cry cup current curve cut dance danger daughter dead deal dear death
deep degree deliver desert design desk detail die dinner direct discover distance divide dog dollar done double doubt down dozen draw dream
dress drop dry dust duty each ear east edge effect egg eight either else end engine enough enter equal even event ever exact example except
expect explain eye face fact fail fair fall far farm fat fear feather feed feel feet fell fence field fight figure fill final finger finish
fish fit five fix flag flat floor fly follow foot force foreign forest forget form forward fox free fresh front fruit fun gas gate gather
general gentle gift girl glad glass goal gold grass gray green ground group grow guess guest guide gun hair half hall hand happen hard hat
head hear heart heat heavy height hide hill history hit hole hope horse hour huge human hundred hungry hurry hurt ice idea important inch
include industry insect inside instead interest iron island job join joke joy judge jump just key kind king kitchen knee knife lady lake land
large laugh law lazy lead leaf least leave leg length less lesson level lie life lift light line lion lip list little lock log lost lot low
lucky lunch machine main map mark market master match matter maybe meal mean measure meat meet middle mile milk million mind mine minute
miss mistake mix modern moment money month mouth much music must nail narrow nation nature near neck need nest never noise noon north nose
note nothing notice now object ocean offer office often oil once only opposite orange order other our outside over own page pain paint pair
paper parent part party pass past path pattern pay peace pen perhaps person picture piece place plain plan plane plant plate please point
pole pool possible power practice prepare present press pretty price print prize problem produce promise proper protect proud prove provide
pull pure push quarter queen quick quite race radio rail reach reason receive record red remember repeat reply report rest result return rice
ride right ring rise road rock roll roof root rope rose rough round row rule safe sail salt same sand save scale scene science score season
seat second secret seed seem self send sense sentence serve set seven several shade shape share sharp sheep sheet shell shine ship shirt shoe
shop shore should shoulder show shut sick side sight sign silence silk silver similar simple since sing single sister size skill skin sky
sleep slip smell smile smoke smooth soap society soft soil soldier solid some son song soon sound soup south space spare special speed spend
spoon spring square stage stairs stamp state station steel step stick still stone storm story strange straw strike string study subject
such sudden sugar suit summer supply support surface surprise sweet swim table tail tall taste tea teach team tear ten test than thank their
them then there these thick thin thing third those though thousand thread three through throw thumb ticket tie tiger till tin tiny tired
title today together tomorrow tongue tonight too tool tooth top total touch toward tower track trade train travel tribe trick trip trouble
trust try tube turn twelve twice two type uncle under understand unit until upon use usual valley value various verb very view village visit
voice vote wait wall war warm wash waste watch wave way wear weather weight welcome well west what wheel when where which while whisper who
whole why wide wife wild winter wise wish within without wonder wood wool world worry worth would wrap wrist wrong yard yellow yesterday yet
your zero""".split()

ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr qu r s sc sh sk sl sm sn sp st str sw t th tr tw v w y z".split()
VOWELS = "a a a e e e i i i o o o u u ai ea ee ei ie oa oo ou ow y".split()
CODAS = "b ck d ff ft g ke l ld ll lt m me mp n nd ne ng nk nt p r rd rk rm rn rt s se sh sk ss st t te th tt ve x z".split()

CAPITALS = dict(line.split(" = ") for line in """France = Paris
Germany = Berlin
Italy = Rome
Spain = Madrid
Portugal = Lisbon
England = London
the United Kingdom = London
Ireland = Dublin
Scotland = Edinburgh
Wales = Cardiff
Norway = Oslo
Sweden = Stockholm
Finland = Helsinki
Denmark = Copenhagen
Iceland = Reykjavik
the Netherlands = Amsterdam
Belgium = Brussels
Luxembourg = Luxembourg
Austria = Vienna
Switzerland = Bern
Poland = Warsaw
the Czech Republic = Prague
Slovakia = Bratislava
Slovenia = Ljubljana
Croatia = Zagreb
Serbia = Belgrade
Hungary = Budapest
Romania = Bucharest
Bulgaria = Sofia
Greece = Athens
Turkey = Ankara
Ukraine = Kyiv
Russia = Moscow
Estonia = Tallinn
Latvia = Riga
Lithuania = Vilnius
the United States = Washington
the USA = Washington
Canada = Ottawa
Mexico = Mexico City
Cuba = Havana
Brazil = Brasilia
Argentina = Buenos Aires
Chile = Santiago
Peru = Lima
Colombia = Bogota
Venezuela = Caracas
Ecuador = Quito
Egypt = Cairo
Morocco = Rabat
Tunisia = Tunis
Algeria = Algiers
Nigeria = Abuja
Ghana = Accra
Kenya = Nairobi
Ethiopia = Addis Ababa
South Africa = Pretoria
Israel = Jerusalem
Lebanon = Beirut
Jordan = Amman
Iraq = Baghdad
Iran = Tehran
Saudi Arabia = Riyadh
India = New Delhi
Pakistan = Islamabad
Nepal = Kathmandu
China = Beijing
Japan = Tokyo
South Korea = Seoul
Thailand = Bangkok
Vietnam = Hanoi
Indonesia = Jakarta
the Philippines = Manila
Malaysia = Kuala Lumpur
Australia = Canberra
New Zealand = Wellington""".splitlines())

OPPOSITES = dict(pair.split("-") for pair in """hot-cold big-small old-new good-bad long-short high-low fast-slow easy-hard
left-right first-last early-late happy-sad loud-quiet clean-dirty bright-dark strong-weak rich-poor open-closed full-empty
true-false day-night up-down in-out on-off yes-no black-white wet-dry heavy-light near-far love-hate win-lose start-stop
buy-sell push-pull come-go give-take always-never before-after inside-outside thick-thin""".split())

SAMPLE_LISTS = {
    "colours": COLOURS, "colors": COLOURS, "animals": ANIMALS, "fruits": FRUITS, "planets": PLANETS, "months": MONTHS,
    "days of the week": DAYS, "cities": CITIES, "foods": FOODS, "jobs": JOBS, "names": NAMES,
    "countries": ["France", "Germany", "Italy", "Spain", "Japan", "Brazil", "Egypt", "Canada", "India", "Kenya"],
    "vegetables": ["carrot", "potato", "tomato", "onion", "cabbage", "pea", "bean", "leek", "pumpkin", "spinach"],
    "languages": ["English", "French", "German", "Spanish", "Italian", "Japanese", "Chinese", "Arabic", "Hindi", "Polish"],
    "programming languages": ["Python", "TypeScript", "C++", "Rust", "Go", "Java", "C", "Kotlin", "Swift", "Ruby"],
    "birds": ["owl", "crow", "swan", "eagle", "duck", "parrot", "robin", "penguin", "gull", "stork"],
}

NUMBER_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty""".split()

ADJECTIVES = """red blue green yellow black white big small old new good bad long short high fast slow hot cold quiet loud clean dirty bright
dark strong weak rich poor young happy sad lazy quick brown clever brave calm gentle proud tired hungry angry busy wooden golden
silver round heavy light soft hard wild tame strange famous secret broken empty full pretty ugly kind funny""".split()

VERBS = """see find take make get want like love help read sell buy eat bring hold move keep follow watch carry draw paint know meet
need visit clean open close show give write call hear build break cook choose lose win count remember forget thank drop kick throw""".split()
