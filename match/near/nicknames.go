package near

import "strings"

// shortForms has one name a line with its short forms. A name may stand in several.
const shortForms = `
alexander alex al sandy xander lex sasha sascha aleksander aleksandr oleksandr
alexandra alex sandra sandy sasha aleksandra oleksandra
andrew andy drew
andreas andi andy
anna ann anne annie anya asia ania anita
anthony tony antonio toni
antonio toni tonino tonio
barbara barb babs basia
benjamin ben benny benji
catherine cathy cate kate katie kathy cat
katherine kate katie kathy kat kathryn
katarina kata kati katka
katarzyna kasia kaska
christian chris
christina chris chrissy tina
christine chris chrissy tine
christopher chris kit topher christoph
charles charlie chuck chas
daniel dan danny
david dave davey
deborah deb debbie
dimitri dima dmitri dmitrii
dorothy dot dottie dolly
edward ed eddie ted ned
ekaterina katia katya kateryna
elizabeth liz beth betty eliza lizzy libby lisa elisabeth
elisabeth lisa lise sissi else elsa liesel
emmanuel manu emanuel manuel
eugene gene evgenii zhenia
evgenia zhenia
ewa ewka
fernando nando fer
filip fil
florian flo
francisco paco pancho fran curro
francesco franco cesco ciccio
francis frank fran
franciszek franek
frederick fred freddy
frederic fred
friedrich fritz friedl
gabriel gabe gabi
george jorge iurii
gerald gerry jerry
gregory greg
grzegorz grzes
guillermo memo guille
hans johannes hannes johann
heinrich heinz heiner
henry harry hank
ignacio nacho
ivan vania
james jim jimmy jamie
jacqueline jackie
jan janek jannik honza
jean jeannot
jennifer jen jenny
jessica jess jessie
jesus chus
joao joca
johannes hannes hans jo
john jack johnny jon
jonathan jon jonny nathan
jose pepe chepe ze
josef sepp jupp pepa
joseph joe joey jo
joshua josh
judith judy
karl kalle charly
kenneth ken kenny
kristian kris
kristoffer kris stoffer
krzysztof krzys krzysiek
lars lasse
lawrence larry laurie
leonard leo lenny len
luis lucho
magdalena magda lena
malgorzata gosia malgosia
manuel manolo manu
margaret maggie meg peggy greta marge daisy
margarete grete gretel margret
maria mia mary marie masha mariya maja
matthew matt matty
mathias matti
matthias matze matti
mehmet memo
michael mike mick mickey mikey micha michel
mikhail misha
mihail misha
mikael micke
mikolaj mikus
mustafa mus
natalia natasha nata
nicholas nick nicky nico
nikolai kolia niko
nikolaus niko klaus
olga olia
pamela pam
patricia pat patty trish tricia
patrick pat paddy
paul pablo paulo
pedro pete
peter pete
per peer
petr petia pia
philip phil pip
philippe phil
piotr piotrek
rafael rafa
raymond ray
rebecca becky becca
richard rick rich dick ricky richie
robert rob bob bobby robbie bert
roberto beto robi
ronald ron ronnie
salvatore toto salvo
samantha sam
samuel sam sammy
sebastian seb basti bastian
sergei seriozha
serhii serhiy
stanislaw staszek stan
stefan steffen
stephen steve stevie
steven steve stevie
stephanie steph
susan sue susie suzy
susanne susi sanne
svetlana sveta
tatiana tania
theodore ted teddy theo
thomas tom tommy thom
timothy tim timmy
tomasz tomek
tomas tom
ulrich uli
valentina valia
veronica ronnie nica
victoria vicky vic tori
viktor vitia
vincent vince vinny
vincenzo enzo
vladimir vova volodia volodymyr
walter walt wally
wilhelm willi willy
william will bill billy willy liam
wojciech wojtek
wolfgang wolf
yekaterina katia
zachary zach zack
zbigniew zbyszek
`

// nicknames has the lines of shortForms, by number, that a name stands in, as
// spelling writes it.
var nicknames = nicknameTable()

func nicknameTable() map[string][]int {
	table := make(map[string][]int)
	for n, line := range strings.Split(strings.TrimSpace(shortForms), "\n") {
		for _, name := range strings.Fields(line) {
			table[spelling(name)] = append(table[spelling(name)], n)
		}
	}
	return table
}

// sameNickname reports whether one name may be a form of the other.
func sameNickname(a, b string) bool {
	for _, n := range nicknames[a] {
		for _, m := range nicknames[b] {
			if n == m {
				return true
			}
		}
	}
	return false
}
