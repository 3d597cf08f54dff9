# Completes a command line of hg's, which is the word with this number.
_vermilion_hg_from() {
    local first=$1 words=() n=-1 i gap piece rest=${COMP_LINE:0:COMP_POINT} kept
    # bash splits words at signs such as colons, too; here they are as they were written.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${rest%%[![:space:]]*}
        rest=${rest#"$gap"}
        piece=${COMP_WORDS[i]}
        if [[ $i -eq $COMP_CWORD || $rest != "$piece"* ]]; then
            piece=$rest
        fi
        rest=${rest#"$piece"}
        if [[ -n $gap || $n -lt 0 ]]; then
            words[++n]=$piece
        else
            words[n]+=$piece
        fi
    done
    # What is before the last of those signs stays on the line.
    kept=${words[n]}
    if [[ -n ${piece//["$COMP_WORDBREAKS"]/} ]]; then
        kept=${kept%"$piece"}
    fi

    local program=vermilion out how line
    type -P vermilion >/dev/null || program=PROGRAM
    out=$("$program" complete --bash "$kept" -- "${words[@]:first+1}" 2>/dev/null)
    how=$?
    COMPREPLY=()
    case $how in
        0 | 10) compopt +o bashdefault +o default 2>/dev/null ;;
        12) compopt +o bashdefault +o default -o dirnames 2>/dev/null ;;
    esac
    [[ -n $out ]] || return 0
    while IFS= read -r line; do
        # With paths, bash sees to quotes.
        if [[ $how -eq 0 && $line == *[^[:alnum:]_.:=@/+,-]* && $piece != [\'\"]* ]]; then
            printf -v line %q "$line"
        fi
        COMPREPLY+=("$line")
    done <<<"$out"
    if [[ $how -eq 10 ]]; then
        compopt -o filenames 2>/dev/null
    fi
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/=.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

_vermilion_hg() {
    _vermilion_hg_from 0
}

_vermilion_or_hg() {
    if [[ $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} == hg ]]; then
        _vermilion_hg_from 1
    else
        _vermilion "$@"
    fi
}

complete -F _vermilion_or_hg -o bashdefault -o default vermilion
complete -F _vermilion_hg -o bashdefault -o default hg
