# Completes a command line of hg's.
_vermilion_hg() {
    local program=vermilion out how
    (( $+commands[vermilion] )) || program=PROGRAM
    out=$("$program" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    how=$?
    local -a all open
    all=("${(@f)out}")
    all=("${(@)all:#}")
    # More is to come behind these.
    open=("${(@M)all:#*[/=.]}")
    all=("${(@)all:#*[/=.]}")
    case $how in
        (0)
            (( $#open )) && compadd -S '' -- "${(@)open}"
            (( $#all )) && compadd -- "${(@)all}"
            ;;
        (10)
            (( $#open )) && compadd -S '' -- "${(@)open}"
            (( $#all )) && compadd -f -- "${(@)all}"
            ;;
        (12)
            [[ $PREFIX == --*=* ]] && compset -P 1 '*='
            _files -/
            ;;
        (*)
            [[ $PREFIX == --*=* ]] && compset -P 1 '*='
            _files
            ;;
    esac
}

_vermilion() {
    if [[ $service == hg ]]; then
        _vermilion_hg
    elif (( CURRENT > 2 )) && [[ $words[2] == hg ]]; then
        shift words
        (( CURRENT-- ))
        _vermilion_hg
    else
        _vermilion_own "$@"
    fi
}

if [ "$funcstack[1]" = "_vermilion" ]; then
    _vermilion "$@"
else
    compdef _vermilion vermilion hg
fi
