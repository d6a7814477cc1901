/**
 * The passwords that guessers try first, eight characters or longer (shorter ones are refused by length), in lower case: the heads of
 * published breach statistics, and the obvious ones for a trading program.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
    password password1 password12 password123 password1234 password12345 password! password1! password123! passw0rd
    passw0rd1 p@ssword p@ssw0rd p@ssword1 p@ssw0rd1 p@ssw0rd123 12345678 123456789 1234567890 0123456789 0987654321
    987654321 87654321 1234567891 12345678910 123123123 123456123 123454321 112233445566 11223344 1122334455 111222333
    123321123 12341234 12344321 147258369 147852369 159357456 789456123 741852963 963852741 31415926 12121212 10203040
    11112222 88888888a qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyuiop123 qwertyuiop1
    1qaz2wsx 1qaz2wsx3edc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 zaq12wsx zaq1zaq1 zaq1xsw2 qazwsxedc
    qazwsxedcrfv asdfghjkl asdfghjk asdf1234 asdfasdf zxcvbnm1 zxcvbnm123 1234qwer qweasdzxc qweqweqwe qwer1234 abcd1234
    abcd12345 abc12345 abc123456 abcdefgh abcdefghi abcdefg1 a1234567 a12345678 a123456789 a1b2c3d4 aa123456 aa12345678
    1a2b3c4d iloveyou iloveyou1 iloveyou2 iloveyou! iloveyou123 sunshine sunshine1 princess princess1 football football1
    baseball baseball1 basketball superman superman1 batman123 spiderman pokemon1 pokemon123 starwars starwars1 trustno1
    whatever whatever1 welcome1 welcome12 welcome123 welcome123! welcome1! letmein1 letmein12 letmein123 letmein! dragon123
    monkey123 master123 shadow123 michael1 jennifer jessica1 charlie1 computer computer1 internet internet1 changeme
    changeme1 changeme123 changeit default1 default123 testtest test1234 test12345 testing1 testing123 secret123 secret12
    administrator admin123 admin1234 admin12345 admin123456 admin@123 adminadmin rootroot root1234 toor1234 guest123
    user1234 username login123 liverpool liverpool1 chelsea1 arsenal1 barcelona manchester corvette mercedes samsung1
    samsung123 google123 facebook facebook1 linkedin microsoft windows1 hello123 hello1234 hellohello helloworld blink182
    maverick midnight mountain scorpion elephant butterfly chocolate cheesecake november december september february
    passport password2 password3 password11 password01 password99 password2024 password2025 password2026 summer2024
    summer2025 summer2026 winter2024 winter2025 winter2026 spring2026 autumn2026 qwerty2026 blahblah xxxxxxxx1 nothing1
    killer123 freedom1 jordan23 nicholas alexander alexandra christopher veronica victoria samantha danielle patricia
    elizabeth benjamin jonathan candlewick candlewick1 candlewick123 trading1 trading123 tradingbot bitcoin1 bitcoin123
    bitcoin2024 bitcoin2025 bitcoin2026 ethereum ethereum1 tothemoon binance1 binance123 coinbase1 satoshi1 satoshinakamoto
    correcthorsebatterystaple
  `
    .trim()
    .split(/\s+/),
);
