#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes repositories in all kinds of states, by the Mercurial that $HG names: one in each
# directory below "$1". $2 is 1 for dirstate-v1, 2 for dirstate-v2.
set -eu

mkdir -p "$1"
cd "$1"
export HGRCPATH="$PWD/hgrc" HGPLAIN=1 HGMERGE=internal:fail
cat >hgrc <<END
[ui]
username = test
merge = internal:fail
[format]
use-dirstate-v2 = $([ "$2" = 2 ] && echo yes || echo no)
[storage]
dirstate-v2.slow-path = allow
[devel]
default-date = 0 0
END

hg() {
    "$HG" "$@" >>../log 2>&1
}

# Long ago, so that the dirstate keeps the times of files.
age() {
    find . -path ./.hg -prune -o -exec touch -h -d 2020-02-02 {} +
}

# Goes into a copy of the base, or of another repository that is there.
of() {
    cd ..
    cp -a "${2:-base}" "$1"
    cd "$1"
}

mkdir base
cd base
hg init
mkdir -p dir/sub ignored
echo first >a
echo other >b
echo third >c
echo in a directory >dir/d
echo further below >dir/sub/e
printf '' >empty
printf '#!/bin/sh\n' >executable
chmod +x executable
ln -s a link
echo latin >"$(printf 'with space, \351')"
printf 'syntax: glob\n*.o\nignored\nre:^dir/.*~$\n' >.hgignore
age
hg commit -qAm first
echo second line >>a
echo more >dir/more
hg commit -qAm second
hg update -q 0
echo on another branch >>c
echo changed here >a
hg copy b b2
hg commit -qm third
hg update -q 1
age
# Contents tell that all is as it was, and the dirstate gets the times.
hg debugrebuilddirstate
hg status

of clean
of touched
touch a dir/d link
of modified
echo longer than before >a
echo x >>dir/sub/e
echo no longer >empty
of same_size
echo FIRST >b
printf 'second line\nfirst\n' | head -c "$(wc -c <a)" >a
of same_size_and_time
echo OTHER >b
touch -d 2020-02-02 b
of same_content
cp a copy
mv copy a
of added
echo new >new
mkdir -p dir/deep/er
echo new >dir/deep/er/new.o
hg add new dir/deep/er/new.o
of added_and_gone
echo new >new
hg add new
rm new
of removed
hg remove a dir/d
of forgotten
hg forget a dir/d
echo changed >dir/d
of removed_and_back
hg remove a b
echo a new one >a
echo back again >b
hg add b
of missing
rm a dir/d
rm -r dir/sub
of unknown
echo x >x
mkdir -p other/below
echo x >other/below/x
ln -s nowhere dir/dangling
of ignored
echo x >x.o
echo x >ignored/x
echo x >dir/sub/x~
echo x >x~
mkdir dir/ignored
echo x >dir/ignored/x
of permissions
chmod +x a
chmod -x executable
of links
ln -sf b link
rm a
ln -s b a
of link_becomes_file
rm link
printf a >link
of file_becomes_directory
rm a
mkdir a
echo x >a/x
of directory_becomes_file
rm -r dir
echo x >dir
of directory_becomes_link
mv dir elsewhere
ln -s elsewhere dir
of nested
mkdir nested
echo x >nested/x
cd nested
"$HG" init >>../../log 2>&1
cd ..
of updated
hg update -q 0
of updated_back
hg update -q 0
hg update -q 2
echo changed >c
of updated_to_null
hg update -q null
of update_carries_changes
echo changed >b
hg update -q 0
of reverted
echo changed >b
hg revert --no-backup b
of amended
echo changed >b
hg commit -q --amend -m amended
of copied
hg copy a copy
hg copy dir/d dir/d2
echo changed >>copy
hg move b moved
hg move dir/sub dir/sub2
of copied_after
cp a copy
hg copy --after a copy
hg copy --after --force b a
of copied_and_gone
hg copy a copy
rm copy
of copied_and_forgotten
hg copy a copy
hg forget copy
of merged
hg update -qC 2
hg merge -q 1 --tool internal:local
of merge_in_conflict
hg merge -q 2 || true
of merge_resolved
hg merge -q 2 || true
echo resolved >a
hg resolve -m a
of merge_committed merge_resolved
hg commit -qm merged
of merge_given_up merge_in_conflict
hg merge --abort
of merge_and_changes merge_resolved
hg remove dir/d
echo x >>c
hg copy dir/sub/e e
of subrepository
mkdir part
cd part
"$HG" init >>../../log 2>&1
echo x >x
"$HG" commit -qAm part >>../../log 2>&1
cd ..
echo 'part = part' >.hgsub
hg add .hgsub
hg commit -qm 'with a part'
echo y >>part/x
echo z >part/z
echo changed >a

cd ..
mkdir empty
cd empty
hg init
of empty_with_files empty
echo x >x
echo y >y
hg add x

# Of what is not there by intention, another status is right.
of sparse
hg --config extensions.sparse= debugsparse --include dir
